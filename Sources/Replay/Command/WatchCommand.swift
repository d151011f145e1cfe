// `replay watch`: runs again whenever something changes that the run depends on. It checks the times of
// files twice a second: this works on every system, over network folders and for editors that replace the
// old file.

internal import Sockets
internal import Terminal

/// Runs again when files change.
struct WatchCommand: Command {
  static let name = "watch"
  static let summary = "replay run, again whenever a recording, the config or the proxy changes"
  static let help = """
    Usage: replay watch [FILE or DIR …] [OPTIONS]

    Runs replay run with the same words, then again whenever something changes: a recording, the config
    file, the list of known failures, or a file that the launched command names; folders with all their
    files except hidden ones and node_modules. On a terminal the table is drawn in place. Ctrl-C
    ends it.

      --also PATH       also watch this file or folder; may be repeated
      --times N         end after N runs

    All options of replay run are accepted too (replay run --help).

    Exit codes: that of the last run; 130 after Ctrl-C.
    """

  /// Those of `replay run` are accepted too.
  static var options: OptionTable { OptionTable(help: help) + RunCommand.options }

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let times = try arguments.number("--times", in: 1...1_000_000) ?? .max
    let also = try arguments.options("--also")
    let console = context.console
    Interruption.watch()
    console.clear()
    var count = 0
    while true {
      let before = WatchedFiles(of: arguments, also: also)
      let words = arguments
      let code = try await console.drawn { frame in
        try await once(words, Context(console: frame, environment: context.environment))
      }
      count += 1
      if count == times { return code }
      if Interruption.count > 0 { return interruptedCode }
      console.warn("replay: watching \(counted(before.count, "file")); Ctrl-C ends it")
      // A changed file may still be written: the run starts once it no longer changes.
      var seen = before
      while true {
        try await Task.sleep(for: .milliseconds(seen == before ? 500 : 100))
        if Interruption.count > 0 { return interruptedCode }
        let last = seen
        seen = WatchedFiles(of: arguments, also: also)
        if seen != before, seen == last { break }
      }
    }
  }

  /// One run; returns its exit code.
  private static func once(_ arguments: Arguments, _ context: Context) async throws -> Int32 {
    var words = arguments
    do {
      return try await RunCommand.run(&words, context)
    } catch let error as UsageError {
      // A file that is being written, or a typo in the config: the next change may repair it.
      context.console.warn("replay: \(error)")
      return 2
    }
  }
}
