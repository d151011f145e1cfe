// `replay watch`: the run again whenever something that it depends on changes. It looks at the times of
// files twice a second: that works on every system, over network folders and for editors that put a new
// file in the old one's place.

internal import Foundation
internal import Sockets
internal import Terminal
internal import Trials

/// Runs again when files change.
struct WatchCommand: Command {
  static let name = "watch"
  static let summary = "replay run, again whenever a recording, the config or the proxy changes"
  static let help = """
    Usage: replay watch [FILE or DIR …] [OPTIONS]

    Runs replay run with the same words, then again whenever something changes: a recording,
    replay.json, or a file that --launch names. On a terminal the table is drawn in place. Ctrl-C ends
    it.

      --also PATH       a file or folder that is watched too; may be repeated
      --times N         end after N runs

    All options of replay run are taken as well (replay run --help).

    Exit codes: that of the last run; 130 after Ctrl-C.
    """

  /// Files that are watched at most; more would be a whole disk.
  private static let filesMax = 10_000

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let times = try arguments.number("--times", in: 1...1_000_000) ?? .max
    let also = try arguments.options("--also")
    Interruption.watch()
    var code: Int32 = 0
    var count = 0
    while true {
      let before = stamps(arguments, also)
      if context.console.showsProgress { context.console.write(Array("\u{1B}[H\u{1B}[2J".utf8)) }
      var words = arguments
      do {
        code = try await RunCommand.run(&words, context)
      } catch let error as UsageError {
        // A file that is being written, or a typo in the config: the next change may mend it.
        context.console.warn("replay: \(error)")
        code = 2
      }
      count += 1
      if count == times { return code }
      if Interruption.count > 0 { return interruptedCode }
      context.console.warn("replay: watching \(counted(before.count, "file")); Ctrl-C ends it")
      // What has changed may still be written: it is run once it has come to rest.
      var seen = before
      while true {
        try await Task.sleep(for: .milliseconds(seen == before ? 500 : 100))
        if Interruption.count > 0 { return interruptedCode }
        let last = seen
        seen = stamps(arguments, also)
        if seen != before, seen == last { break }
      }
    }
  }

  /// When each file was last changed, and how long it is.
  private static func stamps(_ arguments: Arguments, _ also: [String]) -> [String: String] {
    var words = arguments.plainWords
    if words.isEmpty { words = ["recordings"] }
    words += also + ["replay.json"]
    if let config = ConfigFile.path(beside: arguments.plainWords) { words.append(config) }
    words +=
      arguments.value(of: "--launch").map { $0.split { $0 == " " || $0 == "'" || $0 == "\"" } }?
      .map(String.init) ?? []
    var stamps: [String: String] = [:]
    for path in words {
      for file in [path] + files(below: path) where stamps.count < filesMax {
        guard let features = try? FileManager.default.attributesOfItem(atPath: file),
          let time = features[.modificationDate] as? Date
        else { continue }
        stamps[file] = "\(time.timeIntervalSince1970) \(features[.size] ?? 0)"
      }
    }
    return stamps
  }

  private static func files(below path: String) -> [String] {
    guard isFolder(path) == true else { return [] }
    guard let names = FileManager.default.enumerator(atPath: path) else { return [] }
    return names.prefix(filesMax).compactMap { $0 as? String }.map { "\(path)/\($0)" }
  }
}
