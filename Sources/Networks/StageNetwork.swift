// The two worlds of a stage. Both ends of every connection belong to the stage, so it can know when
// no byte is on its way any more: this makes lock-step possible without a timer.

/// A network whose two ends both belong to the stage.
package protocol StageNetwork: Network, ~Copyable {
  /// Sets up a listener, which `connect` reaches under the returned port.
  mutating func listen() throws -> (listener: ListenerID, port: Int)

  /// Appends the events that have happened. Appends none only when no byte is on its way.
  mutating func settle(into events: inout [NetworkEvent]) throws

  /// How many bytes `connection` has sent that its peer has not taken.
  func untakenBytes(from connection: ConnectionID) -> Int

  /// Whether TLS records are simulated on the way.
  static var carriesTLS: Bool { get }

  /// From now on TLS records are reported as they come, for an owner that reads them itself.
  mutating func leaveRecords()

  /// A port at which every connection is refused.
  static var refusingPort: Int { get }
  /// A port at which no connection is ever opened; nil if there is none.
  static var silentPort: Int? { get }

  /// How many bytes the network itself may take from a sender whose receiver does not read.
  static var capacity: Int { get }
}

extension StageNetwork where Self: ~Copyable {
  package static var carriesTLS: Bool { false }

  package mutating func leaveRecords() {}
}
