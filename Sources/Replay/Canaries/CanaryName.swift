// The canaries by name, as the command line and the tests know them.

/// A proxy that is wrong on purpose.
enum CanaryName: String, CaseIterable, Sendable {
  case directPipe = "direct-pipe"
  case lineHandler = "line-handler"
  case fragmentLines = "fragment-lines"

  /// Runs an order with this canary in the proxy's place.
  func report(
    _ order: RunOrder, progress: @Sendable (Int, Int) -> Void
  ) async throws -> RunReport {
    let subject = "the canary \(rawValue), which is wrong on purpose"
    return switch self {
    case .directPipe:
      try await Replay.report(
        order, core: CanaryProxy<DirectPipe>.self, subject: subject, progress: progress)
    case .lineHandler:
      try await Replay.report(
        order, core: CanaryProxy<LineHandler>.self, subject: subject, progress: progress)
    case .fragmentLines:
      try await Replay.report(
        order, core: CanaryProxy<FragmentLines>.self, subject: subject, progress: progress)
    }
  }
}
