// A network with one listener, and what it has reported so far. Tests wait for what they expect, never
// for a time, save where the time itself is the matter.

import Foundation
import Networks
import Sockets
import Testing

/// A network on loopback under test.
final class Loop {
  var network: SocketNetwork
  let listener: ListenerID
  let port: Int
  /// Everything reported, in order.
  private(set) var events: [NetworkEvent] = []
  private var byteCounts: [ConnectionID: Int] = [:]

  init(
    host: String = "127.0.0.1", kernelBytesMax: Int? = nil, sendTimeMax: Int = 60_000,
    as identity: TLSIdentity? = nil
  ) throws {
    network = try SocketNetwork(kernelBytesMax: kernelBytesMax, sendTimeMax: sendTimeMax)
    (listener, port) = try network.listen(host: host, port: 0, as: identity)
  }

  /// Waits until `condition` holds, and says so; at most five minutes, so that a slow machine fails no test.
  @discardableResult
  func wait(
    sourceLocation: SourceLocation = #_sourceLocation, until condition: (Loop) -> Bool
  ) -> Bool {
    let end = monotonicMilliseconds() + 300_000
    while !condition(self) {
      let left = end - monotonicMilliseconds()
      guard left > 0 else {
        Issue.record("not within 5 min; seen: \(summary)", sourceLocation: sourceLocation)
        return false
      }
      // Some conditions come true without an event.
      poll(timeout: min(left, 50))
    }
    return true
  }

  /// Waits until `event` was reported.
  @discardableResult
  func wait(for event: NetworkEvent, sourceLocation: SourceLocation = #_sourceLocation) -> Bool {
    wait(sourceLocation: sourceLocation) { $0.events.contains(event) }
  }

  func poll(timeout: Int?) {
    let first = events.count
    network.poll(timeout: timeout, into: &events)
    for case .bytes(let connection, let bytes) in events[first...] {
      byteCounts[connection, default: 0] += bytes.count
    }
  }

  /// Serves the network for a time, and says how often it was served.
  @discardableResult
  func run(milliseconds: Int) -> Int {
    let end = monotonicMilliseconds() + milliseconds
    var count = 0
    while monotonicMilliseconds() < end {
      poll(timeout: max(end - monotonicMilliseconds(), 1))
      count += 1
    }
    return count
  }

  /// A connection to the listener: its two ends.
  func pair(sourceLocation: SourceLocation = #_sourceLocation) throws -> (near: Int, far: Int) {
    let before = events.count
    let near = network.connect(to: "127.0.0.1", port: port)
    wait(sourceLocation: sourceLocation) {
      $0.events.contains(.opened(near)) && $0.accepted(from: before) != nil
    }
    return (near, try #require(accepted(from: before), sourceLocation: sourceLocation))
  }

  /// The connection that was accepted among the events from `index` on.
  func accepted(from index: Int = 0) -> ConnectionID? {
    for case .accepted(listener, let connection) in events[index...] { return connection }
    return nil
  }

  /// All bytes that came on a connection.
  func bytes(on connection: ConnectionID) -> [UInt8] {
    events.reduce(into: []) { bytes, event in
      if case .bytes(connection, let more) = event { bytes += more }
    }
  }

  /// How many bytes came on a connection.
  func byteCount(on connection: ConnectionID) -> Int { byteCounts[connection, default: 0] }

  /// How often an event was reported.
  func count(of event: NetworkEvent) -> Int { events.count { $0 == event } }

  /// The events of one connection, its bytes left out.
  func signals(on connection: ConnectionID) -> [NetworkEvent] {
    events.filter { $0.connection == connection && !$0.isBytes }
  }

  private var summary: String {
    events.suffix(12).map { event in
      if case .bytes(let connection, let bytes) = event { return "\(bytes.count)@\(connection)" }
      return "\(event)"
    }.joined(separator: ", ")
  }
}

extension NetworkEvent {
  var isBytes: Bool {
    if case .bytes = self { true } else { false }
  }
}

/// The sockets and pollers that this process has open. Other descriptors are left out: what else runs
/// in the process may open files.
func openSockets() throws -> Int {
  let folder = "/proc/self/fd"
  return try FileManager.default.contentsOfDirectory(atPath: folder).count { name in
    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
    return target.map { $0.hasPrefix("socket:") || $0.contains("eventpoll") } ?? false
  }
}

/// Bytes that differ from place to place: a block of a length that no buffer has, over and over.
func pattern(_ count: Int) -> [UInt8] {
  let block = (0..<min(count, 10_007)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count)
  while bytes.count < count { bytes.append(contentsOf: block.prefix(count - bytes.count)) }
  return bytes
}
