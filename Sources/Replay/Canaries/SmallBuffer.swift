// A canary whose flaw needs a long block: the proxy core as it is, behind a buffer that is too small.

internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Trials

/// The proxy core, but that a block of which more than 4,096 bytes were held comes with one byte
/// changed.
struct SmallBuffer: WrappedCore {
  private static let heldMax = 4_096

  package var core: Exchange

  init(settings: Settings) { core = Exchange(settings: settings) }

  package mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    let first = outputs.count
    let held = core.heldCount
    core.handle(input, at: now, into: &outputs)
    guard held > Self.heldMax else { return }
    for index in outputs[first...].indices {
      guard case .client(var bytes) = outputs[index], bytes.count > Self.heldMax else { continue }
      bytes[Self.heldMax] ^= 1
      outputs[index] = .client(bytes)
    }
  }
}
