// Which of a plan's anomalies a response can have: some need chunks, some a body, some a length. One
// fault of a kind is enough, because a reader stops at the first.

extension Transmission {
  /// The anomalies that a framing can show.
  static func shown(
    _ asked: ResponseAnomalies, _ framing: PlanFraming, _ session: Session
  ) -> ResponseAnomalies {
    guard !asked.isEmpty else { return asked }
    let trailers: ResponseAnomalies = [.badTrailer, .fullTrailer, .longTrailer]
    var shown = asked
    if asked.contains(.fullHead) { shown.remove(.fullFields) }
    switch framing {
    case .chunked:
      shown.subtract([.long, .short])
      let kinds = ResponseAnomalies.names.map(\.anomaly).filter(
        ResponseAnomalies.sizes.intersection(asked).contains)
      shown.subtract(ResponseAnomalies(kinds.dropFirst()))
      if session.body.isEmpty { shown.subtract(.sizes.union([.dataLF, .fullLine])) }
      if !shown.isDisjoint(with: .sizes) { shown.subtract(trailers.union([.dataLF, .fullLine])) }
      if shown.contains(.dataLF) || session.ending != .complete { shown.subtract(trailers) }
      if shown.contains(.badTrailer) { shown.subtract([.longTrailer, .fullTrailer]) }
      if shown.contains(.longTrailer) { shown.remove(.fullTrailer) }
      shown.remove(.signed)
    case .length:
      shown.subtract(.sizes.union(trailers).union([.dataLF, .extensions, .fullLine]))
      // Bytes after a body that is too short would be taken for the rest of it.
      if asked.contains(.long) { shown.subtract([.short, .extra]) }
    case .close:
      shown.subtract(
        .sizes.union(trailers).union([
          .long, .short, .length, .coding, .extra, .dataLF, .extensions, .signed, .fullLine,
        ]))
    }
    // One fault of a head is enough, because a reader stops at the first.
    let heads = ResponseAnomalies.names.map(\.anomaly).filter(
      ResponseAnomalies.heads.intersection(shown).contains)
    shown.subtract(ResponseAnomalies(heads.dropFirst()))
    if !heads.isEmpty {
      shown.subtract(.sizes.union(trailers).union([.dataLF, .length, .coding, .long, .short]))
      shown.subtract([.extra, .fullLine, .fullHead, .fullFields])
    }
    if session.ending != .complete { shown.subtract([.extra, .long, .short]) }
    return shown
  }

  /// The byte, if the response has the line that it belongs to.
  static func shown(
    _ asked: OddOctet?, _ anomalies: ResponseAnomalies, _ framing: PlanFraming, _ session: Session
  ) -> OddOctet? {
    guard let asked, anomalies.isEmpty else { return nil }
    guard asked.place.isInSize || asked.place.isInTrailer else { return asked }
    guard case .chunked = framing else { return nil }
    return asked.place.isInSize
      ? (session.body.isEmpty ? nil : asked) : (session.ending == .complete ? asked : nil)
  }
}
