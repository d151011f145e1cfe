// A delivery is a plan applied to a session: the bytes, the cuts in them, and what happens after the last
// byte. The mock only follows it.

internal import Wire

/// One delivery of a session, ready to be sent.
package struct Delivery: Hashable, Sendable {
  /// What happens when all bytes have been sent.
  package enum Ending: Hashable, Sendable {
    /// The response is complete, or the connection's end is its end: FIN.
    case finish
    /// The response is complete, and the connection stays open for the next request.
    case keep
    /// The connection ends in order although the response is not complete.
    case cut
    case reset
    case stall
  }

  /// The whole response on the wire.
  package let transmission: Transmission
  /// The ends of the fragments, rising; the last is `count`.
  package let fragmentEnds: [Int]
  /// The TLS records; nil when the plan says nothing about them.
  package private(set) var records: RecordLayout?
  /// How many bytes of the transmission are sent.
  package let count: Int
  /// What happens after the last byte that is sent.
  package let ending: Ending
  /// When fragments are sent.
  package let pacing: Pacing
  /// The status of the answer to the first request, which the session does not answer; nil when it does.
  package let firstStatus: Int?
  /// The form of the client's request; the mock does not use it.
  package let request: RequestForm
  /// The written request shape that the session is made from; nil for all other sessions.
  package let asked: AskedShape?
  /// What the client does besides reading; nil when it only reads.
  package let behavior: ClientBehavior?
  /// How many such deliveries run side by side.
  package let streams: Int
  /// How many bytes of the body a client has when the proxy is told to stop; nil when it is not.
  package let stop: Int?
  /// The settings of the embedded core, and whether it reaches its upstream.
  package let core: CoreWords
  package let reach: Reach

  package init(_ session: Session, _ plan: Plan) {
    self.init(Transmission(session, plan), plan)
  }

  /// Applies the plan's cuts, pacing and fault to a transmission that was framed by the same plan.
  package init(_ transmission: Transmission, _ plan: Plan) {
    self.transmission = transmission
    let whole = transmission.bytes.count
    var count = min(plan.fault?.offset ?? whole, whole)
    if plan.speaksTLS {
      let layout = RecordLayout(plan, transmission, count: count)
      count = layout.readableCount
      records = layout
    }
    self.count = count
    fragmentEnds =
      wireCuts(plan.cuts, transmission).filter { $0 < count } + (count > 0 ? [count] : [])
    pacing = plan.pacing
    firstStatus = plan.firstStatus
    asked = AskedShape.of(transmission.session)
    request = asked?.form ?? plan.request
    behavior = plan.behavior
    streams = plan.streams
    stop = plan.stop
    core = plan.core
    reach = plan.reach
    ending =
      switch plan.fault?.kind {
      case .fin: .cut
      case .reset, .truncate, .alert, .tear: .reset
      case .stall: .stall
      case nil: Self.naturalEnding(transmission, canStay: plan.handshake?.kind != .renegotiate)
      }
  }

  /// Whether the connection cannot serve another request after the response, although it stays open.
  package var isSpoiling: Bool {
    !transmission.anomalies.isDisjoint(with: [.extra, .short, .long, .length, .coding])
      || transmission.malformedOffset != nil
  }

  /// The delivery for an upstream without TLS.
  package var withoutTLS: Delivery {
    var plain = self
    plain.records = nil
    return plain
  }

  /// Where a proxy's reads can end: with TLS, only whole records can be read.
  package var readEnds: [Int] { records?.ends ?? fragmentEnds }

  /// How many bytes can be read once fragment `index` has come: those of complete records.
  package func readableEnd(ofFragment index: Int) -> Int {
    let end = fragmentEnds[index]
    guard let ends = records?.ends else { return end }
    var (low, high) = (0, ends.count)
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] <= end { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? 0 : ends[low - 1]
  }

  /// - Parameter canStay: Whether the connection can serve another request.
  private static func naturalEnding(_ transmission: Transmission, canStay: Bool) -> Ending {
    switch (transmission.session.ending, transmission.framing) {
    case (.complete, _) where transmission.anomalies.contains(.long): .cut
    case (.complete, .close): .finish
    case (.complete, _) where transmission.anomalies.contains(.http10): .finish
    case (.complete, _): canStay ? .keep : .finish
    case (.truncated, _): .cut
    case (.reset, _): .reset
    case (.timeout, _): .stall
    }
  }

  /// When fragment `index` is due, in milliseconds since the request was read.
  package func dueTime(ofFragment index: Int) -> Int {
    switch pacing {
    case .none: return 0
    case .fixed(let step): return step * index
    case .recorded:
      let fragments = transmission.session.fragments
      let body = transmission.bodyCount(before: fragmentEnds[index])
      let place = fragments.partitionPoint { $0.end < body }
      let recorded = place < fragments.count ? fragments[place] : fragments.last
      return recorded?.milliseconds ?? 0
    }
  }
}
