// The records of one delivery: which bytes of the transmission are in which record, and how the last one
// breaks off. By default a record ends where a write ends, as with servers that encrypt what they write.

/// How a delivery is spread over TLS records.
package struct RecordLayout: Hashable, Sendable {
  /// How a stream breaks that does not end in order.
  package enum Breakage: Hashable, Sendable {
    /// By a reset of the connection.
    case reset
    /// By an end of the connection without `close_notify` (RFC 8446 section 6.1).
    case truncation
    /// By a fatal alert (section 6.2).
    case alert
  }

  /// Where the complete records end, in the transmission's bytes; rising.
  package let ends: [Int]
  /// Whether an empty record comes before each.
  package let hasEmpty: Bool
  /// A handshake message in mid-stream; nil for none.
  package let message: HandshakeMessage?
  /// How the stream breaks when it does not end in order.
  package let breakage: Breakage
  /// The record that is sent only in part, and how many of its bytes on the wire are sent; nil for none.
  package let torn: Torn?

  /// A record whose end does not come.
  package struct Torn: Hashable, Sendable {
    package var range: Range<Int>
    /// How many of its bytes on the wire are sent: 1 or more, but not all.
    package var count: Int
  }

  /// Lays out the first `count` bytes of a transmission according to `plan`. If the fault is a torn
  /// record, fewer can be read: `readableCount`.
  init(_ plan: Plan, _ transmission: Transmission, count: Int) {
    hasEmpty = plan.records?.hasEmpty ?? false
    message = plan.handshake
    let all = Self.recordEnds(plan.records?.ends ?? plan.cuts, transmission)
    breakage =
      switch plan.fault?.kind {
      case .truncate: .truncation
      case .alert: .alert
      case .fin, .reset, .stall, .tear, nil: .reset
      }
    guard plan.fault?.kind == .tear, let end = all.first(where: { $0 > count }) else {
      ends = all.filter { $0 < count } + (count > 0 ? [count] : [])
      torn = nil
      return
    }
    ends = all.filter { $0 <= count }
    let start = ends.last ?? 0
    torn = Torn(range: start..<end, count: max(count - start, 1))
  }

  /// How many bytes of the transmission come in whole records.
  package var readableCount: Int { ends.last ?? 0 }

  /// The ends of all records, including those that are longer than a record may be.
  private static func recordEnds(_ cuts: Cuts, _ transmission: Transmission) -> [Int] {
    var ends: [Int] = []
    var start = 0
    for end in wireCuts(cuts, transmission) + [transmission.bytes.count] where end > start {
      ends += stride(from: start + RecordCuts.dataMax, to: end, by: RecordCuts.dataMax)
      ends.append(end)
      start = end
    }
    return ends
  }
}
