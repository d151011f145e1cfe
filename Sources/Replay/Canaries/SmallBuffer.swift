// A canary whose flaw needs a long block: the proxy core as it is, behind a buffer that is too small.

internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Trials

/// The proxy core, but that a block of which more than 4,096 bytes were held comes with one byte
/// changed.
struct SmallBuffer: ProxyCore {
  private static let heldMax = 4_096

  private var exchange: Exchange

  init(settings: Settings) { exchange = Exchange(settings: settings) }

  package var isClosed: Bool { exchange.isClosed }
  package var deadline: Milliseconds? { exchange.deadline }

  package mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    let first = outputs.count
    let held = exchange.heldCount
    exchange.handle(input, at: now, into: &outputs)
    guard held > Self.heldMax else { return }
    for index in outputs[first...].indices {
      guard case .client(var bytes) = outputs[index], bytes.count > Self.heldMax else { continue }
      bytes[Self.heldMax] ^= 1
      outputs[index] = .client(bytes)
    }
  }
}
