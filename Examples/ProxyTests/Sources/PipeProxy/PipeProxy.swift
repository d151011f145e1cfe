// The smallest proxy there is: it joins each client to the upstream and hands on what it reads, each
// read at once. It stands here for yours.

import Foundation
import Synchronization

/// A proxy on a free loopback port.
public final class PipeProxy: Sendable {
  /// What the proxy does with the bytes of an answer.
  public enum Handling: Sendable {
    /// Hands them on.
    case verbatim
    /// Takes each read for a text of its own, and writes `?` for every byte of a character that is not
    /// there as a whole. This is the usual bug.
    case asText
  }

  /// Where clients find the proxy: the upstream's URL with another port.
  public let url: URL
  private let listener: Connection
  private let isStopped = Mutex(false)

  private init(_ url: URL, _ listener: Connection) {
    self.url = url
    self.listener = listener
  }

  deinit { stop() }

  /// Starts a proxy before the server at `upstream`, an address of this machine.
  public static func start(upstream: URL, handling: Handling = .verbatim) throws -> PipeProxy {
    let (listener, port) = try Connection.listen()
    guard var parts = URLComponents(url: upstream, resolvingAgainstBaseURL: false),
      let upstreamPort = parts.port
    else { throw URLError(.badURL) }
    parts.port = port
    guard let url = parts.url else { throw URLError(.badURL) }
    Thread.detachNewThread {
      while let client = listener.accept() {
        guard let server = Connection.connect(port: upstreamPort) else {
          client.close()
          continue
        }
        join(client, server, handling)
      }
      listener.close()
    }
    return PipeProxy(url, listener)
  }

  /// Takes no more connections; those that stand end with their clients.
  public func stop() {
    let wasStopped = isStopped.withLock { isStopped in
      defer { isStopped = true }
      return isStopped
    }
    if !wasStopped { listener.stop() }
  }

  /// Hands on bytes in both directions, each on a thread of its own, until both have ended.
  private static func join(_ client: Connection, _ server: Connection, _ handling: Handling) {
    let open = OpenDirections()
    for (from, to, handling) in [(client, server, .verbatim), (server, client, handling)] {
      Thread.detachNewThread {
        pass(from, to, handling)
        guard open.endOne() else { return }
        client.close()
        server.close()
      }
    }
  }

  private static func pass(_ from: Connection, _ to: Connection, _ handling: Handling) {
    var piece = [UInt8](repeating: 0, count: 16 * 1024)
    while true {
      guard let count = from.read(into: &piece) else {
        // The sender has failed: the receiver must not take what it has for all.
        return to.fail()
      }
      guard count > 0 else { return to.finish() }
      let bytes = Array(piece[..<count])
      guard to.write(handling == .asText ? asText(bytes) : bytes) else { return from.fail() }
    }
  }

  /// A text as long as the bytes, so that lengths and chunks stay right.
  private static func asText(_ bytes: [UInt8]) -> [UInt8] {
    var text = bytes
    var index = 0
    while index < bytes.count {
      // A lead byte tells how many bytes its character has (RFC 3629 §3).
      let length = bytes[index] < 0xC0 ? 1 : bytes[index] < 0xE0 ? 2 : bytes[index] < 0xF0 ? 3 : 4
      let end = min(index + length, bytes.count)
      let isWhole = end == index + length && !(0x80..<0xC0).contains(bytes[index])
      if !isWhole {
        text.replaceSubrange(index..<end, with: repeatElement(0x3F, count: end - index))
      }
      index = end
    }
    return text
  }
}

/// How many directions of a pair of connections are open: two at first.
private final class OpenDirections: Sendable {
  private let count = Mutex(2)

  /// Whether the one that ends is the last.
  func endOne() -> Bool {
    count.withLock { count in
      count -= 1
      return count == 0
    }
  }
}
