// What an HTTP library that reads line by line makes of the end of a connection: a head that breaks off
// is a head, and a body whose last chunk has come is whole, though the line behind it has not.

internal import ProxyServing
internal import ProxyUnderTest
internal import Trials
internal import Wire

/// Takes the end of the connection for the end of the head, and for the line behind the last chunk.
struct LibraryEnds: ProxyCore {
  private struct Pipe: BodyHandler {
    package func take(_ fragment: [UInt8]) -> [UInt8] { fragment }
  }
  private static let lineEnd: [UInt8] = [0x0D, 0x0A]
  private static let headEnd: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
  /// The last chunk behind another, without the line that ends the trailers.
  private static let lastChunk = Array("\r\n0\r\n".utf8)

  private var proxy: CanaryProxy<Pipe>
  /// The upstream's bytes until its head is whole.
  private var head: [UInt8] = []
  private var hasHead = false
  /// The last bytes behind the head.
  private var tail: [UInt8] = []

  init(settings: Settings) { proxy = CanaryProxy(settings: settings) }

  package var isClosed: Bool { proxy.isClosed }
  package var deadline: Milliseconds? { proxy.deadline }

  package mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    if input == .upstreamClosed(.finished), let rest = missing() {
      proxy.handle(.upstream(rest), at: now, into: &outputs)
    }
    guard let bytes = input.upstreamBytes, !hasHead else {
      tail = Array((tail + (input.upstreamBytes ?? [])).suffix(Self.tailMax))
      return proxy.handle(input, at: now, into: &outputs)
    }
    head += bytes
    guard let end = head.firstRange(of: Self.headEnd)?.upperBound else { return }
    hasHead = true
    tail = Array(head[end...].suffix(Self.tailMax))
    proxy.handle(.upstream(head), at: now, into: &outputs)
  }

  private static let tailMax = 64

  /// What it reads where the connection ends; nil where it misses nothing, or cannot go on.
  private mutating func missing() -> [UInt8]? {
    if hasHead {
      guard let last = tail.firstRange(of: Self.lastChunk) else { return nil }
      let behind = tail[last.upperBound...]
      return behind.isEmpty || behind.contains(0x3A) ? Self.lineEnd : [0x0A]
    }
    // Without a status line there is no answer.
    guard let end = head.lastEnd(of: Self.lineEnd) else { return nil }
    let isField = head[end...].contains(0x3A)
    hasHead = true
    return isField ? head + Self.headEnd : Array(head[..<end]) + Self.lineEnd
  }
}
