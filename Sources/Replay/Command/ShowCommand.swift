// `replay show`: a session for a person, or its events for programs.

internal import Canaries
internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

/// Shows recordings.
struct ShowCommand: Command {
  static let name = "show"
  static let summary = "show a recording for a person to read, or export it"
  static let help = """
    Usage: replay show FILE [--format text|json|sse|curl] [--text] [--blocks N-M] [--width N]

    Shows a recording (.jsonl) or a plain body file (.sse).

      --format text   the request, the response head, and a timeline: every block with the time of
                      its last byte, its place and its content; ✂ and ┊ mark where reads ended
                      inside it; below, a bar that shows when the bytes came
      --format json   the events as the reference reader dispatches them: one JSON object per
                      line with type, data and id
      --format sse    the bytes of the body
      --format curl   a command that sends the request again; the key comes from DASHSCOPE_API_KEY

      --text          only the answer's text, as a client shows it
      --blocks N-M    only these blocks of the timeline, from 1; N alone is one block
      --width N       lines of at most N characters, from 20

    Exit codes: 0 shown, 2 the file cannot be read or is damaged.
    """

  private enum Format: String, CaseIterable { case text, json, sse, curl }

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let formats = try arguments.choices("--format", Format.self) ?? [.text]
    guard formats.count == 1 else { throw UsageError("--format takes one format") }
    let isText = arguments.flag("--text")
    let blocks = try blocks(try arguments.option("--blocks"))
    let width = try arguments.number("--width", in: 20...10_000)
    let paths = try arguments.rest()
    guard paths.count == 1 else { throw UsageError("show takes one file") }
    if isFolder(paths[0]) == true {
      throw UsageError("\(paths[0]) is a folder, and show takes one file: name one in it")
    }
    let asItCame = try namedRecordings(at: paths)[0].recording
    var recording = asItCame
    recording.session = asItCame.session.readable
    if let reason = asItCame.session.unreadableReason {
      context.console.warn("\(asItCame.session.name): \(reason)")
    }
    if isText {
      let session = recording.session
      let text = shownText(
        of: session.body, as: BodyForm(session.response.fields), limit: session.body.count)
      context.console.write(text)
      return 0
    }
    switch formats[0] {
    case .json:
      let events = ReferenceReader.events(in: recording.session.body)
      context.console.write(events.flatMap { Array((eventLine($0) + "\n").utf8) })
    case .sse: context.console.write(recording.session.body)
    case .curl: context.console.write(curlLine(recording))
    case .text:
      let lines =
        blocks.map { timeline(recording.session, blocks: $0) } ?? text(recording, asItCame)
      if let blocks, lines.isEmpty {
        let count = ReferenceReader.blocks(in: recording.session.body).count { !$0.isBlank }
        throw UsageError("--blocks \(blocks.lowerBound): there are \(counted(count, "block"))")
      }
      for line in lines { context.console.write(cut(line, width)) }
    }
    return 0
  }

  /// `3-5` or `3`. Throws `UsageError`.
  private static func blocks(_ text: String?) throws -> ClosedRange<Int>? {
    guard let text else { return nil }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { part in
      part.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? Int(part) : nil
    }
    guard (1...2).contains(parts.count), let first = parts[0], let last = parts[parts.count - 1],
      first >= 1, last >= first
    else { throw UsageError("--blocks takes N or N-M, from 1, not '\(text)'") }
    return first...last
  }

  private static func cut(_ line: String, _ width: Int?) -> String {
    guard let width, line.count > width else { return line }
    return line.prefix(width - 1) + "…"
  }

  /// `asItCame` has its body in its original coding.
  private static func text(_ recording: Recording, _ asItCame: Recording) -> [String] {
    let session = recording.session
    var lines = [
      "\(session.name)", "source    \(recording.source)",
      "captured  \(recording.captured ?? "unknown")", "sha256    \(asItCame.digest)", "",
      "> \(session.request.method) \(session.request.target)",
    ]
    lines += session.request.fields.list.map { "> \($0.name): \($0.value)" }
    lines.append("> \(shown(session.request.body[...]))")
    lines += ["", "< \(session.response.status) \(session.response.reason)"]
    lines += asItCame.session.response.fields.list.map { "< \($0.name): \($0.value)" }
    lines.append("")
    lines += timeline(session)
    if let bar = densityBar(session) { lines += ["", bar] }
    let blocks = ReferenceReader.blocks(in: session.body)
    lines += [
      "",
      "\(session.ending.rawValue), \(session.framing.rawValue): \(session.body.count) bytes in "
        + "\(session.fragments.count) fragments, "
        + (session.body == asItCame.session.body
          ? "" : "decoded from \(asItCame.session.body.count) bytes, ")
        + "\(blocks.count { !$0.isBlank }) blocks, "
        + "\(recording.eventCount) events",
    ]
    return lines
  }
}
