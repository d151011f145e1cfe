// `replay run`, and `replay` alone.

/// Replays recordings under plans.
struct RunCommand: Command {
  static let name = "run"
  static let summary = "replay recordings under plans, and check what the client gets"
  static let help = ""

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 { 0 }
}
