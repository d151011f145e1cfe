// `replay mock`.

internal import Canaries
internal import Foundation
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

/// Serves recordings as an upstream.
struct MockCommand: Command {
  static let name = "mock"
  static let summary = "be a Qwen upstream: answer any client with recorded sessions"
  static let help = """
    replay mock answers any client as DashScope would, with recorded sessions, in real time.

    Usage: replay mock [FILE or DIR …] [OPTIONS]

    It serves the recordings in the given files (.jsonl, .sse) and folders; without any, the
    built-in scripted sessions. It prints its URL on one line, writes one line for
    each request to standard error (method, path, status, recording; never a key), and runs until
    Ctrl-C or SIGTERM.

      --listen HOST:PORT  where to listen (127.0.0.1:0: this machine only, any free port)
      --tls               serve https, with a certificate made in memory for localhost, 127.0.0.1
                          and ::1
      --ca-out FILE       with --tls: write the CA that clients must trust
      --cert FILE         serve https with this certificate (PEM, followed by its chain); then
                          --key is the file of its key
      --script NAME       serve this scripted session (several: with commas, or repeated)
      --key KEY           answer 401 unless the client sends this key; default: any key
      --pacing WORD       recorded (as it was), none (at once) or 20ms (between writes)
      --speed N           with recorded pacing: N times as fast; 0.01 to 1000
      --any               a recording may answer a request that is not its own
      --ignore NAME,…     members of messages to ignore, in addition to ids and times
      --strict            at the end: exit 1 if a recording was never asked for, or a request
                          had none
      --plan LINE         deliver under a plan: cuts=, chunks=, framing=, pacing=, fault=; with
                          --tls or --cert also tls= and handshake=
                          (cuts=recorded pacing=recorded, framed as it was recorded)

    Which recording answers a request:
      1. the one named in the request field X-Replay-Recording, 404 if there is none;
      2. else the one whose recorded request has the same method, path, model and messages,
         even GET …/models, …/embeddings, or a request that got a 401; only the last two segments
         of paths count, and equal ones take turns in the order of their recording;
      3. else one after the other of the scripted sessions and .sse files (and with --any of all);
      4. else an error 599 with the nearest recording and the differences.
    Recordings that were never asked for are listed at the end.

    Unless it is recorded, a request for 1. or 3. must be one that DashScope would accept: POST to
    …/chat/completions (or the native …/generation), Authorization: Bearer …, a JSON body with a
    model that asks for a stream. GET /health answers {"status":"ok"}.

    Examples:
      replay mock
      replay mock recordings --listen 127.0.0.1:9000 --pacing none
      replay mock --script truncated
      replay mock --script chat-english --plan 'cuts=1x fault=reset@900'

      curl -N http://127.0.0.1:9000/compatible-mode/v1/chat/completions \\
        -H 'Authorization: Bearer any' -H 'Content-Type: application/json' \\
        -H 'X-Replay-Recording: thinking' \\
        -d '{"model":"qwen-plus","messages":[],"stream":true}'

    Exit codes: 0 ended by a signal, 1 as --strict says, 2 could not run (port in use, damaged
    recording, bad option).
    """

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let place = try arguments.listenPlace() ?? ListenPlace()
    let identity = try arguments.mockIdentity(on: place)
    let key = try arguments.option("--key")
    let planLine = try arguments.option("--plan")
    var plan = try Plan(planLine ?? "cuts=recorded pacing=recorded")
    if identity == nil, plan.speaksTLS {
      plan = plan.withoutTLS
      context.console.warn("the plan's words about TLS are left out: there is no --tls")
    }
    if let pacing = try arguments.option("--pacing") { plan.pacing = try Self.pacing(pacing) }
    let speed = try arguments.speed()
    let isStrict = arguments.flag("--strict")
    let answersAny = arguments.flag("--any")
    let ignored = try arguments.options("--ignore").flatMap { $0.split(separator: ",") }
    let scripts = try scripts(named: arguments.options("--script"))
    let recordings = inRecordedOrder(try recordingFiles(at: arguments.rest()))
    var sessions = recordings.map(\.recording.session) + scripts.map(\.session)
    if sessions.isEmpty { sessions = Script.all.map(\.session) }
    for session in sessions.indices {
      for index in sessions[session].fragments.indices {
        let time = Double(sessions[session].fragments[index].milliseconds) / speed
        sessions[session].fragments[index].milliseconds = Int(time.rounded())
      }
    }
    // A script, and a body without a request, answer any request. They come last: when a name occurs
    // twice, it means the recording.
    let own = Set(recordings.filter { $0.path.hasSuffix(".jsonl") }.map(\.recording.session.name))

    var rules = RequestRules(key: key)
    rules.takesWholeAnswers = true
    let library = SessionLibrary(
      sessions, plan: plan, keepsFraming: !(planLine ?? "").contains("framing="),
      keys: RequestKeys(ignoring: ignored.map(String.init)), rules: rules,
      answersAny: answersAny, isRecording: { own.contains($0.name) })
    var loop = try ServerLoop(MockService(library), on: place, as: identity)
    let console = ServerConsole(context.console)
    let url = place.url(
      port: loop.port, path: "/compatible-mode/v1", isSecure: identity != nil)
    console.write("replay mock listening on \(url)")
    console.warn(Self.listing(sessions.map(\.name)))
    loop.run { console.warn($0) }
    let (unasked, missCount) = (loop.service.library.unasked, loop.service.library.missCount)
    if !own.isEmpty, !unasked.isEmpty {
      console.warn("never asked for: \(unasked.joined(separator: ", "))")
    }
    if missCount > 0 { console.warn("requests without a recording: \(missCount)") }
    console.finish()
    return isStrict && (!unasked.isEmpty || missCount > 0) ? 1 : 0
  }

  /// Recordings by the time of their capture; those without a time come last, in their order.
  private static func inRecordedOrder(
    _ files: [(path: String, recording: Recording)]
  ) -> [(path: String, recording: Recording)] {
    let times = files.map { $0.recording.captured.flatMap(captureDate) ?? .distantFuture }
    return files.indices.sorted { (times[$0], $0) < (times[$1], $1) }.map { files[$0] }
  }

  /// The pacing for the value of a plan word.
  private static func pacing(_ word: String) throws -> Pacing {
    guard !word.contains(where: \.isWhitespace), let plan = try? Plan("pacing=\(word)") else {
      throw UsageError("--pacing takes recorded, none or a number of milliseconds such as 20ms")
    }
    return plan.pacing
  }

  /// The served sessions, for a person: all names if they are few, else the first ones.
  private static func listing(_ names: [String]) -> String {
    let shown = names.prefix(40).joined(separator: ", ")
    let rest = names.count > 40 ? ", and \(names.count - 40) more" : ""
    return "serving \(names.count) session\(names.count == 1 ? "" : "s"): \(shown)\(rest)"
  }
}

extension Arguments {
  /// Takes `--speed`; 1 when it is not given.
  mutating func speed() throws -> Double {
    guard let text = try option("--speed") else { return 1 }
    guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 || $0 == 0x2E }), let speed = Double(text),
      0.01...1_000 ~= speed
    else { throw UsageError("--speed takes a number from 0.01 to 1000, not '\(text)'") }
    return speed
  }
}

/// The scripts in lists of names, each joined by commas; in the order of the names.
func scripts(named lists: [String]) throws -> [Script] {
  try lists.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map { name in
    try script(named: String(name))
  }
}
