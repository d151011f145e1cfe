// `replay record`.

internal import Foundation
internal import MockQwen

/// Records sessions.
struct RecordCommand: Command {
  static let name = "record"
  static let summary = "capture sessions into recordings"
  static let help = """
    replay record captures sessions into recording files.

    Usage: replay record --scripted [--out DIR] [--only NAME,…] [--replace]

    With --scripted it plays the sessions that replay brings along from its own mock upstream, over
    a real socket of this machine, and writes down what a client reads: head, bytes, read borders,
    times, and how the body ended. Such a recording says in its head that it is synthetic. A secret
    in a request is never written. To record a real upstream is not in this build yet.

      --scripted     play the scripted sessions; takes about three seconds
      --out DIR      the folder for NAME.jsonl (recordings); made if it is not there
      --only NAME,…  only these sessions
      --replace      replace files that are there; without it nothing is written if one is

    A file is there whole or not at all. With CI set in the environment nothing is recorded:
    a build must not change what it is measured by.

    Examples:
      replay record --scripted --out recordings --replace
      replay record --scripted --only truncated,thinking --out /tmp/two

    Exit codes: 0 all written, 2 could not run (CI set, a file is there, unknown name).
    """

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let isScripted = arguments.flag("--scripted")
    let replaces = arguments.flag("--replace")
    let folder = try arguments.option("--out") ?? "recordings"
    let chosen = try scripts(named: arguments.options("--only"))
    if isScripted { try arguments.finish() }
    guard isScripted else {
      throw UsageError(
        "say --scripted to capture the scripted sessions; "
          + "recording a real upstream is not in this build yet")
    }
    if let ci = context.environment["CI"], !["", "0", "false"].contains(ci.lowercased()) {
      throw UsageError("nothing is recorded in CI, and the environment says CI=\(ci)")
    }
    let scripts = chosen.isEmpty ? Script.all : chosen
    let start = folder.hasSuffix("/") ? folder : folder + "/"
    let paths = scripts.map { "\(start)\($0.name).jsonl" }
    try Self.prepare(folder, for: paths, replaces: replaces)

    var capture = try ScriptCapture()
    let recordings = try capture.run(
      scripts.map(\.session), captured: Date.now.formatted(.iso8601))
    for (path, recording) in zip(paths, recordings) {
      try writeWholeFile(recording.written(), to: path, replaces: replaces)
      context.console.write("\(path): \(Self.summary(of: recording))")
    }
    return 0
  }

  /// Makes the folder, and makes sure that nothing would be lost.
  private static func prepare(_ folder: String, for paths: [String], replaces: Bool) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw UsageError("cannot make the folder \(folder): \(reason(error))")
    }
    let taken = paths.filter { FileManager.default.fileExists(atPath: $0) }
    guard replaces || taken.isEmpty else {
      let more = taken.count > 1 ? " and \(taken.count - 1) more" : ""
      throw UsageError(
        "\(taken[0])\(more) would be overwritten; nothing was written. "
          + "Say --replace, or another --out")
    }
  }

  private static func summary(of recording: Recording) -> String {
    let session = recording.session
    return "\(recording.eventCount) events, \(session.body.count) bytes in "
      + "\(session.fragments.count) reads, \(session.framing.rawValue), "
      + "\(session.ending.rawValue)"
  }
}
