// Starts a target by a shell command, and keeps the end of its output: when it dies or never answers, its
// own output is the best explanation.

internal import MockQwen
internal import Sockets
internal import Wire

/// A target that the harness has started.
struct Launch: ~Copyable {
  /// How many bytes of the output are kept.
  private static let outputMax = 16 * 1024
  /// How long a target may take to end when it is asked to, in milliseconds.
  private static let endTimeMax = 2_000

  private var child: ChildGroup
  private var kept: [UInt8] = []

  /// Starts `command`, with `{upstream}`, `{upstream-address}`, `{port}` and `{ca}` filled in and
  /// exported; `authority` is the file of certificates to trust, if the upstream uses TLS.
  init(
    _ command: String, upstream: String, address: String, port: Int, authority: String?,
    environment: [String: String]
  ) throws {
    var filled = command
    for (name, value) in [
      ("{upstream}", upstream), ("{upstream-address}", address), ("{port}", String(port)),
      ("{ca}", authority ?? ""),
    ] {
      filled = filled.replacing(name, with: value)
    }
    var variables = environment
    if let authority { for name in AuthorityFile.variables { variables[name] = authority } }
    variables["QWEN_BASE_URL"] = upstream
    variables["OPENAI_BASE_URL"] = upstream
    variables["PORT"] = String(port)
    variables["DASHSCOPE_API_KEY"] = variables["DASHSCOPE_API_KEY"] ?? "dummy"
    variables["OPENAI_API_KEY"] = variables["OPENAI_API_KEY"] ?? "dummy"
    child = try ChildGroup(filled, environment: variables)
  }

  /// Reads the target's output, so that a full pipe never blocks it.
  package mutating func listen() {
    kept += child.takeOutput()
    if kept.count > 2 * Self.outputMax { kept.removeFirst(kept.count - Self.outputMax) }
  }

  /// The end of the target's output.
  package mutating func output() -> String {
    listen()
    return String(decoding: kept.suffix(Self.outputMax), as: UTF8.self)
  }

  /// How the target has ended, in words; nil while it runs.
  package mutating func ending() -> String? { child.ending() }

  /// Asks the target to end, as a service manager does.
  package func askToEnd() { child.askToEnd() }

  /// Ends the target and all processes that it has started.
  package mutating func end() { child.end(within: Self.endTimeMax) }
}
