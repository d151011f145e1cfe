// The network of a target run: real sockets, but an abort by the mock waits until `letGo`. A reset
// discards what the target has not read yet, and it must be known what the target had read before the
// fault.

internal import MockQwen
internal import Networks
internal import Recordings
internal import Sockets
internal import Wire

/// Sockets whose aborts can be held back.
struct TargetNetwork: Network, ~Copyable {
  var sockets: SocketNetwork
  /// Whether aborts are held back.
  var holdsResets = false
  /// The connection whose abort is held back.
  package private(set) var held: ConnectionID?

  init(_ sockets: consuming SocketNetwork) { self.sockets = sockets }

  /// Performs the abort that was held back.
  mutating func letGo() {
    guard let connection = held else { return }
    held = nil
    sockets.reset(connection)
  }

  package mutating func connect(to host: String, port: Int) -> ConnectionID {
    sockets.connect(to: host, port: port)
  }
  package mutating func send(_ bytes: [UInt8], on connection: ConnectionID) {
    sockets.send(bytes, on: connection)
  }
  package mutating func send(
    records: [[UInt8]], withholding count: Int, on connection: ConnectionID
  ) {
    sockets.send(records: records, withholding: count, on: connection)
  }
  package mutating func send(_ message: PostHandshakeMessage, on connection: ConnectionID) {
    sockets.send(message, on: connection)
  }
  package mutating func truncate(_ connection: ConnectionID) { sockets.truncate(connection) }
  package mutating func alert(_ connection: ConnectionID) { sockets.alert(connection) }
  package mutating func connect(to url: BaseURL) -> ConnectionID { sockets.connect(to: url) }
  package mutating func finish(_ connection: ConnectionID) { sockets.finish(connection) }
  package mutating func close(_ connection: ConnectionID) { sockets.close(connection) }
  package mutating func reset(_ connection: ConnectionID) {
    letGo()
    if holdsResets { held = connection } else { sockets.reset(connection) }
  }
  package mutating func abort(_ connection: ConnectionID) { sockets.abort(connection) }
  package mutating func setReading(_ reads: Bool, on connection: ConnectionID) {
    sockets.setReading(reads, on: connection)
  }
  package func waitingBytes(on connection: ConnectionID) -> Int {
    sockets.waitingBytes(on: connection)
  }
  package func takenBytes(on connection: ConnectionID) -> Int {
    sockets.takenBytes(on: connection)
  }
  func isSilent(_ connection: ConnectionID) -> Bool { sockets.isSilent(connection) }
}
