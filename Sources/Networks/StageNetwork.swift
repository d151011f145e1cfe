// The two worlds of a stage. Both ends of every connection are ours there, so that a stage can know
// when nothing is on its way any more: that is what makes lock-step possible without a timer.

/// A network whose two ends both belong to the stage.
package protocol StageNetwork: Network, ~Copyable {
  /// Sets up a listener, for `connect` to reach under the port returned.
  mutating func listen() throws -> (listener: ListenerID, port: Int)

  /// Appends what has happened. Appends nothing only when nothing is on its way.
  mutating func settle(into events: inout [NetworkEvent]) throws

  /// How many bytes `connection` has sent that its peer has not taken.
  func untakenBytes(from connection: ConnectionID) -> Int

  /// Whether records of TLS are carried as such.
  static var carriesTLS: Bool { get }

  /// From now on records of TLS are reported as they come, for an owner that reads them itself.
  mutating func leaveRecords()

  /// A port at which every connection is refused.
  static var refusingPort: Int { get }
  /// A port at which no connection is ever opened; nil where there is none.
  static var silentPort: Int? { get }

  /// How many bytes the network itself may take from a sender whose receiver does not read.
  static var capacity: Int { get }
}

extension StageNetwork where Self: ~Copyable {
  package static var carriesTLS: Bool { false }

  package mutating func leaveRecords() {}
}
