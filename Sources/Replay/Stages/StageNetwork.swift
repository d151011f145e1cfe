// The two worlds of a stage. Both ends of every connection are ours there, so that a stage can know
// when nothing is on its way any more: that is what makes lock-step possible without a timer.

internal import Sockets

/// A network whose two ends both belong to the stage.
protocol StageNetwork: Network, ~Copyable {
  /// Sets up a listener, for `connect` to reach under the port returned.
  mutating func listen() throws -> (listener: ListenerID, port: Int)

  /// Appends what has happened. Appends nothing only when nothing is on its way.
  mutating func settle(into events: inout [NetworkEvent]) throws

  /// How many bytes `connection` has sent that its peer has not taken.
  func untakenBytes(from connection: ConnectionID) -> Int

  /// How many bytes the network itself may take from a sender whose receiver does not read.
  static var capacity: Int { get }
}

/// A stage that cannot go on; the fault is the harness's or the machine's, not the proxy's.
package struct StageError: Error, Hashable, Sendable, CustomStringConvertible {
  package var description: String
}
