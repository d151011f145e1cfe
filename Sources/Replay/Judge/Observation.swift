// What one run showed, on whatever stage: the same plan must lead to the same observation everywhere.

package import MockQwen
package import Wire

/// What the client got and how it ended, and what the upstream saw.
package struct Observation: Hashable, Sendable {
  /// How the response ended for the client.
  package enum Ending: String, Hashable, Sendable {
    /// The response is complete by its framing.
    case complete
    /// The connection ended in order before the response was complete.
    case cut
    /// The connection was reset before the response was complete.
    case reset
    /// No more bytes came, and the connection stayed open.
    case silent
    /// The client left before the end, as planned.
    case left
  }

  /// The moment at which a block was late for the first time.
  package struct Delay: Hashable, Sendable {
    /// Body bytes that the upstream had sent when nothing moved any more.
    package var sent: Int
    /// Body bytes that the client should have had by then, at least.
    package var due: Int
    /// Body bytes that the client had.
    package var received: Int
    /// At how many moments of rest a block was late; 1 when only the first is looked for.
    package var times = 1
    /// How many milliseconds after its completion it came; nil when that was not observed.
    package var lateBy: Int?

    package init(sent: Int, due: Int, received: Int) {
      self.sent = sent
      self.due = due
      self.received = received
    }
  }

  /// The status of the final response; nil when no head came.
  package var status: Int?
  /// The reason phrase, perhaps empty.
  package var reason = ""
  /// The fields of the final response's head, in order.
  package var fields: Fields
  /// The body bytes that the client received, without their framing.
  package var body: [UInt8]
  /// How the response ended for the client.
  package var ending: Ending
  /// The first breach of HTTP's grammar towards the client, in words.
  package var breach: String?
  /// The requests that reached the upstream, in order.
  package var requests: [Session.Request]
  /// The fields that each of them must have had; nil when that is open.
  package var forwarded: [Field]?
  /// The first late block; nil when none was late.
  package var delay: Delay?
  /// Connections that the proxy still held when the client was done and gone.
  package var leftConnections: Int
  /// Connections to the upstream that the proxy still held when its client had gone.
  package var upstreamsLeft = 0
  /// Requests that came on an upstream connection whose last response had not ended as announced.
  package var spoiledReuses = 0
  /// How many body bytes the proxy was ahead of a client that did not read, at most; 0 or less when every
  /// client read.
  package var aheadMax = 0
  /// When the response ended, in milliseconds since the client connected; nil when it did not.
  package var endTime: Int?
  /// Whether the client had no head although the upstream had sent its head.
  package var headWasLate = false
  /// How many interim answers came (RFC 9110 section 15.2).
  package var interims = 0
  /// Whether the proxy closed the client's connection before the client did.
  package var hasClosedFirst = false
  /// Whether the proxy asked to be woken again and again, without end.
  package var isRestless = false
  /// How many connections the upstream has seen.
  package var upstreamConnections = 0
  /// Whether the client had ended its direction and read on.
  package var hasHalfClosed = false

  package init(
    status: Int? = nil, fields: Fields, body: [UInt8], ending: Ending, breach: String? = nil,
    requests: [Session.Request], delay: Delay? = nil, leftConnections: Int, upstreamsLeft: Int = 0,
    spoiledReuses: Int = 0, aheadMax: Int = 0, endTime: Int? = nil, headWasLate: Bool = false,
    interims: Int = 0, hasClosedFirst: Bool = false, hasHalfClosed: Bool = false
  ) {
    self.status = status
    self.fields = fields
    self.body = body
    self.ending = ending
    self.breach = breach
    self.requests = requests
    self.delay = delay
    self.leftConnections = leftConnections
    self.upstreamsLeft = upstreamsLeft
    self.spoiledReuses = spoiledReuses
    self.aheadMax = aheadMax
    self.endTime = endTime
    self.headWasLate = headWasLate
    self.interims = interims
    self.hasClosedFirst = hasClosedFirst
    self.hasHalfClosed = hasHalfClosed
  }

  /// The observation without what only one stage can measure: how much a kernel holds.
  package var comparable: Observation {
    var plain = self
    plain.aheadMax = 0
    plain.forwarded = nil
    plain.delay?.times = 1
    return plain
  }
}
