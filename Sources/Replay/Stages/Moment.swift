// What happens on a stage, in order, for a picture of one run: a step of the upstream, and what the
// client has once no byte moves any more.

/// One step of a run.
package struct Moment: Hashable, Sendable {
  /// Microseconds since the client connected, on the stage's clock.
  package var time: Int
  /// Bytes of the response that the upstream has written by now, its head included.
  package var written: Int
  /// Body bytes among them.
  package var sent: Int
  /// Body bytes that the client has.
  package var received: Int

  package init(time: Int, written: Int, sent: Int, received: Int) {
    self.time = time
    self.written = written
    self.sent = sent
    self.received = received
  }

  /// Before the first byte.
  package static let start = Moment(time: 0, written: 0, sent: 0, received: 0)

  /// Steps that are kept; a response that is cut more often is shown up to here.
  package static let countMax = 400
}
