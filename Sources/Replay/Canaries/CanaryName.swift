// The canaries by name, as the command line and the tests know them.

internal import MockQwen
package import ProxyServing
internal import Wire

/// A proxy that is wrong on purpose.
package enum CanaryName: String, CaseIterable, Sendable {
  case directPipe = "direct-pipe"
  case lineHandler = "line-handler"
  case fragmentLines = "fragment-lines"
  case smallBuffer = "small-buffer"

  /// The proxy core that has the flaw.
  package var core: any ProxyCore.Type {
    switch self {
    case .directPipe: CanaryProxy<DirectPipe>.self
    case .lineHandler: CanaryProxy<LineHandler>.self
    case .fragmentLines: CanaryProxy<FragmentLines>.self
    case .smallBuffer: SmallBuffer.self
    }
  }
}
