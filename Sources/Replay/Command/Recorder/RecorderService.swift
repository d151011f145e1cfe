// `replay record --upstream` as a service: passes bytes on in real time, and decides what is kept.

internal import Canaries
internal import Foundation
internal import MockQwen
internal import Networks
internal import Recordings
internal import Sockets
internal import Wire

/// The recorder for any client.
struct RecorderService: Service {
  private var server: RecorderServer
  private let captures: CaptureQueue?
  /// The requests that have a recording; nil when all are recorded.
  private var known: Set<RequestKey>?
  private let keys: RequestKeys
  /// How many exchanges were open when it was stopped.
  private var cutCount = 0

  /// - Parameters:
  ///   - captures: Where exchanges go; nil to only pass bytes on.
  ///   - known: The requests that are not recorded again; nil to record all.
  init(
    _ server: RecorderServer, captures: CaptureQueue?, known: Set<RequestKey>?, keys: RequestKeys
  ) {
    self.server = server
    self.captures = captures
    self.known = known
    self.keys = keys
  }

  /// How many exchanges are open.
  var busyCount: Int { server.busyCount }

  /// How many exchanges should have been recorded but could not be, without those that were open at the
  /// end.
  var lostCount: Int { captures.map { server.lostCount + $0.lostCount } ?? 0 }

  var nextDue: Int? { server.deadline }

  mutating func accept(
    _ connection: ConnectionID, at now: Int, in network: inout some Network & ~Copyable
  ) {
    server.accept(connection, at: now, in: &network)
  }

  mutating func handle(
    _ event: NetworkEvent, at now: Int, in network: inout some Network & ~Copyable
  ) {
    server.handle(event, at: now, in: &network)
    keepCaptured(at: now)
  }

  mutating func wake(at now: Int, in network: inout some Network & ~Copyable) {
    server.wake(at: now, in: &network)
    keepCaptured(at: now)
  }

  private mutating func keepCaptured(at now: Int) {
    for exchange in server.takeCaptured() {
      guard let captures else { continue }
      if known != nil, known?.insert(keys.key(of: exchange.request)).inserted == false { continue }
      let age = Double(now - exchange.start) / 1_000
      captures.add(exchange, at: Date.now.addingTimeInterval(-age))
    }
  }

  mutating func stop(in network: inout some Network & ~Copyable) {
    cutCount = server.busyCount
    server.stop(in: &network)
    captures?.finish()
  }

  mutating func takeLog() -> [String] {
    defer { cutCount = 0 }
    guard cutCount > 0, captures != nil else { return server.takeNotes() }
    return server.takeNotes() + ["\(cutCount) in flight at the end: not recorded"]
  }
}
