// `replay record`.

internal import Canaries
internal import Foundation
internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

/// Records sessions.
struct RecordCommand: Command {
  static let name = "record"
  static let summary = "capture sessions into recordings"
  static let help = """
    replay record runs between a client and an upstream, passes everything on as it comes, and
    writes each session into a recording file.

    Usage: replay record --upstream URL [--listen HOST:PORT] [--out DIR] [OPTIONS]
           replay record --scripted [--out DIR] [--only NAME,…] [--replace]

    Set any client's base URL to the one that it prints, or to the same without the path.
    It runs until Ctrl-C or SIGTERM. Each session that has ended gets a file, also an error (401, 429, a
    page of HTML): head, bytes, read borders, times, and how the body ended and by whom. The request
    goes upstream unchanged, except for Host and Accept-Encoding: identity. A file is written completely
    or not at all, readable by its owner only (0600); no file is overwritten.

      --upstream URL      where requests go: the URL before /chat/completions, http or https
      --listen HOST:PORT  where to listen (127.0.0.1:0: this machine only, any free port)
      --out DIR           the folder (recordings); created if it does not exist
      --mode WORD         none: only pass on; once: record if DIR has no recording yet;
                          new: record requests that have no recording yet; all (all)
      --redact REGEX      also redact what matches, in fields and bodies (may be repeated)
      --no-redact         write secrets as they are
      --ca FILE           trust the certificates in this PEM file too (https upstreams)
      --timeout SECONDS   give up an upstream that is silent for so long (600)
      --max-size MIB      the largest session that is written (64); a larger one passes unrecorded.
                          All open sessions together may take four times as much memory, and
                          as much again may wait for the disk

    Keys, tokens, cookies, request and account ids are redacted before anything is written, in fields,
    query and bodies, even if they are split over events; lengths and borders stay as they were.

    With --scripted it plays the built-in sessions from its own mock upstream, over
    a real socket of this machine. The head of such a recording marks it as synthetic.

      --scripted     play the scripted sessions; takes about three seconds
      --only NAME,…  only these sessions
      --replace      replace existing files; without it, an existing file stops the command

    With CI set in the environment nothing is recorded, because a build must not change its own
    expectations. --upstream then only passes on.

    Examples:
      replay record --upstream http://127.0.0.1:9000/compatible-mode/v1 --listen 127.0.0.1:8787
      replay record --scripted --out recordings --replace

    Exit codes: 0 ended by a signal, or all written; 1 a session could not be written (disk full,
    too large, compressed); 2 could not run (CI set, a file is there, …).
    """

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    if let upstream = try arguments.option("--upstream") {
      return try recordUpstream(upstream, &arguments, context)
    }
    let isScripted = arguments.flag("--scripted")
    let replaces = arguments.flag("--replace")
    let folder = try arguments.option("--out") ?? "recordings"
    let chosen = try scripts(named: arguments.options("--only"))
    try arguments.finish()
    guard isScripted else {
      throw UsageError("give --upstream URL to record an upstream, or --scripted")
    }
    if let ci = context.ci { throw UsageError("nothing is recorded in CI, and CI=\(ci) is set") }
    let scripts = chosen.isEmpty ? Script.all : chosen
    let start = folder.hasSuffix("/") ? folder : folder + "/"
    let paths = scripts.map { "\(start)\($0.name).jsonl" }
    try Self.expectFree(paths, replaces: replaces)
    return try record(scripts, into: folder, replaces: replaces, context.console)
  }

  // Inlined into the asynchronous `run`, its typed errors make Swift 6.3 emit a broken module.
  @inline(never)
  private static func record(
    _ scripts: [Script], into folder: String, replaces: Bool, _ console: Console
  ) throws -> Int32 {
    var capture = try ScriptCapture(into: folder, replaces: replaces)
    return try capture.run(scripts.map(\.session)) { console.write($0) } > 0 ? 1 : 0
  }

  /// Throws when an existing file would be overwritten.
  private static func expectFree(_ paths: [String], replaces: Bool) throws {
    let taken = paths.filter { FileManager.default.fileExists(atPath: $0) }
    guard replaces || taken.isEmpty else {
      let more = taken.count > 1 ? " and \(taken.count - 1) more" : ""
      throw UsageError(
        "\(taken[0])\(more) would be overwritten; nothing was written. "
          + "Say --replace, or another --out")
    }
  }
}

// Recording a real upstream.
extension RecordCommand {
  private static func recordUpstream(
    _ text: String, _ arguments: inout Arguments, _ context: Context
  ) throws -> Int32 {
    let upstream = try upstream(text)
    let place = try arguments.listenPlace() ?? ListenPlace()
    let folderName = try arguments.option("--out") ?? "recordings"
    let modes = try arguments.choices("--mode", RecordMode.self) ?? [.all]
    let silence = try arguments.number("--timeout", in: 1...86_400) ?? 600
    let megabytes = try arguments.number("--max-size", in: 1...65_536) ?? 64
    let redactsNothing = arguments.flag("--no-redact")
    let patterns = try arguments.options("--redact")
    let tls = try arguments.tlsSettings(context.environment)
    try arguments.finish()
    guard modes.count == 1 else { throw UsageError("--mode takes one word") }
    let redactor = redactsNothing ? nil : try Redactor(patterns: patterns)
    let mode = context.ci == nil ? modes[0] : .none
    try tls.expect(upstream)

    let console = ServerConsole(context.console)
    var captures: CaptureQueue?
    var known: Set<RequestKey>?
    if mode != .none {
      let folder = try RecordingFolder(folderName)
      let there = try folder.recordings()
      if mode == .new { known = Set(there.map { RequestKeys().key(of: $0.session.request) }) }
      if mode != .once || there.isEmpty {
        captures = CaptureQueue(
          folder,
          CaptureRules(
            source: "recorded from \(upstream)", redactor: redactor,
            waitingMax: megabytes << 22)
        ) { console.warn($0) }
      }
    }
    let server = RecorderServer(
      upstream: upstream, silenceMax: silence * 1_000, bytesMax: megabytes << 20)
    var loop = try ServerLoop(
      RecorderService(server, captures: captures, known: known, keys: RequestKeys()), on: place,
      tls: tls)
    console.write("replay record listening on \(place.url(port: loop.port, path: upstream.path))")
    console.warn(
      captures == nil
        ? "passing on to \(upstream); nothing is recorded"
          + (context.ci.map { ", since CI=\($0) is set" } ?? " (--mode \(mode))")
        : "recording \(upstream) into \(folderName)")
    loop.run { console.warn($0) }
    let lostCount = loop.service.lostCount
    if lostCount > 0 {
      console.warn("\(lostCount) session\(lostCount == 1 ? "" : "s") not recorded: see above")
    }
    console.finish()
    return lostCount > 0 ? 1 : 0
  }

  private static func upstream(_ text: String) throws -> BaseURL {
    guard let url = BaseURL(text) else {
      // The URL is not shown: it may hold a password, which may be why it is refused.
      throw UsageError(
        "--upstream is not a URL such as http://127.0.0.1:9000/compatible-mode/v1 "
          + "(scheme, host, port and path; no user, no query)")
    }
    return url
  }
}

extension Context {
  /// The value of CI, when it means a build.
  var ci: String? { continuousIntegration(environment) }
}

/// The value of CI, when it means a build; nil when it is not set, empty, 0 or false. All commands use
/// this rule for "where CI is set".
func continuousIntegration(_ environment: [String: String]) -> String? {
  environment["CI"].flatMap { ["", "0", "false"].contains($0.lowercased()) ? nil : $0 }
}
