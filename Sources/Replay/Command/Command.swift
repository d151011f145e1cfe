// The table of commands, and what is common to all: help, errors, exit codes.

internal import Foundation
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

/// A command of `replay`.
protocol Command: SendableMetatype {
  /// The word that selects it.
  static var name: String { get }
  /// One line for the list of commands.
  static var summary: String { get }
  /// The text of `replay NAME --help`, without a line end.
  static var help: String { get }
  /// The options that it takes; by default those in its help.
  static var options: OptionTable { get }
  /// Runs it. Returns the exit code: 0 all held, 1 a check failed. A thrown error is exit code 2.
  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32
}

extension Command {
  static var options: OptionTable { OptionTable(help: help) }
}

/// The environment of a command.
struct Context: Sendable {
  let console: Console
  let environment: [String: String]

  /// How to call this program: through the package if it was built there, else by its name.
  let invocation: String

  init(console: Console, environment: [String: String]) {
    self.console = console
    self.environment = environment
    let path = Bundle.main.executablePath ?? "replay"
    invocation =
      if path.contains("/.build/") {
        path.contains("/release/") ? "swift run -c release replay" : "swift run replay"
      } else {
        "replay"
      }
  }
}

/// All commands, in the order of the list.
let commands: [any Command.Type] = [
  RunCommand.self, WatchCommand.self, GridCommand.self, ProveCommand.self, FuzzCommand.self,
  AgainCommand.self, DiagnoseCommand.self,
  CanariesCommand.self, MergeCommand.self, ShowCommand.self, DiffCommand.self,
  RecordCommand.self, LintCommand.self, ImportCommand.self, MockCommand.self,
  ProxyCommand.self, BenchCommand.self, CompletionsCommand.self,
]

/// Runs `replay` with the words after its name, and returns the exit code.
package func replay(_ words: [String]) async -> Int32 {
  let environment = ProcessInfo.processInfo.environment
  let console = Console(
    environment: environment, isOutputTerminal: isTerminal(1), isErrorTerminal: isTerminal(2))
  let context = Context(console: console, environment: environment)
  switch words.first {
  case "--help", "-h", "help":
    return help(Array(words.dropFirst()), console)
  case "--version", "-V":
    console.write("replay \(version)")
    return console.hasFailed ? 2 : 0
  default: break
  }
  let (command, rest): (any Command.Type, [String])
  switch called(words) {
  case .success(let call): (command, rest) = call
  case .failure(let error):
    console.warn("replay: \(error)\nTry: replay --help")
    return 2
  }
  TrapNote.catchTraps()
  var arguments = Arguments(rest, known: command.options.names, flags: command.options.flags)
  if arguments.flag("--help") || arguments.flag("-h") {
    console.write(wrapped(command.help))
    return 0
  }
  do {
    let code = try await command.run(&arguments, context)
    guard console.hasFailed else { return code }
    console.warn("replay: the output could not be written: no space is left, or no reader")
    return 2
  } catch let error as UsageError {
    console.warn("replay: \(error)\nTry: replay \(command.name) --help")
    return 2
  } catch {
    console.warn("replay: \(error)")
    return 2
  }
}

/// The command for the words, and the words that are left for it: a file or folder alone is run.
private func called(_ words: [String]) -> Result<(any Command.Type, [String]), UsageError> {
  guard let first = words.first, !first.hasPrefix("-") else {
    return .success((RunCommand.self, words))
  }
  if let command = commands.first(where: { $0.name == first }) {
    return .success((command, Array(words.dropFirst())))
  }
  let isPath =
    FileManager.default.fileExists(atPath: first) || first.hasPrefix(scriptPrefix)
    || [".jsonl", ".sse"].contains { first.hasSuffix($0) }
  if isPath { return .success((RunCommand.self, words)) }
  let hint = nearest(first, commands.map { $0.name } + ["help"])
  let all =
    hint.isEmpty ? "; commands are " + commands.map { $0.name }.joined(separator: ", ") : hint
  return .failure(
    UsageError("unknown command '\(first)', and there is no such file or folder\(all)"))
}

/// `replay help` and `replay help COMMAND`.
private func help(_ words: [String], _ console: Console) -> Int32 {
  guard let name = words.first, !name.hasPrefix("-") else {
    console.write(overview)
    return 0
  }
  guard let command = commands.first(where: { $0.name == name }) else {
    let hint = nearest(name, commands.map { $0.name })
    console.warn("replay: unknown command '\(name)'\(hint)\nTry: replay --help")
    return 2
  }
  console.write(wrapped(command.help))
  return 0
}

private var overview: String {
  let width = commands.map { $0.name.count }.max() ?? 0
  let list = commands.map { command in
    "  \(command.name.padding(toLength: width, withPad: " ", startingAt: 0))  \(command.summary)"
  }
  return """
    replay proves that a streaming proxy loses nothing: it plays recorded Qwen sessions, cut at
    adversarial places and broken by faults, into a proxy, and compares what the client gets.

    Usage: replay [COMMAND] [OPTIONS]
           replay                      every recording in recordings/, on both stages
           replay FILE …               replay run FILE …

    \(list.joined(separator: "\n"))

    replay help COMMAND has the details. Exit codes: 0 all held, 1 a check failed, 2 could not run.
    """
}
