// A text that came in pieces. Two ways of streaming are in use: each piece is what is new, or each
// piece is the whole text so far (DashScope's native streams without `incremental_output`). Which
// one it is shows only when all texts of a stream are looked at together, so a text keeps what
// either way needs.

/// The pieces of one text; all are insides of JSON strings.
struct GrownText: Hashable, Sendable {
  /// All pieces, one after the other.
  private(set) var joined: [UInt8] = []
  /// The length of the last piece that was not empty.
  private var lastCount = 0
  /// Whether all pieces have been the same.
  private(set) var isConstant = true
  /// What the pieces show about the way of streaming.
  private(set) var signs = StreamingSigns()

  /// Appends a piece. An empty piece counts too: it shows that nothing is new.
  mutating func append(_ piece: ArraySlice<UInt8>) {
    guard !piece.isEmpty else {
      signs.endsEmpty = lastCount > 0
      return
    }
    signs.endsEmpty = false
    if lastCount > 0 {
      let extends = piece.starts(with: joined.suffix(lastCount))
      if extends { signs.hasContinued = true } else { signs.hasNewPieces = true }
      if !extends || piece.count > lastCount { isConstant = false }
    }
    joined += piece
    lastCount = piece.count
  }

  /// The last piece that was not empty.
  var last: ArraySlice<UInt8> { joined.suffix(lastCount) }
}

/// What the pieces of texts show about how their stream repeats itself.
struct StreamingSigns: Hashable, Sendable {
  /// A piece did not begin with the one before it.
  var hasNewPieces = false
  /// A piece began with the one before it.
  var hasContinued = false
  /// The last piece was empty, and one before it was not.
  var endsEmpty = false

  /// Whether each piece is the whole text so far.
  var isCumulative: Bool { !hasNewPieces && !endsEmpty && hasContinued }

  mutating func add(_ other: StreamingSigns) {
    hasNewPieces = hasNewPieces || other.hasNewPieces
    hasContinued = hasContinued || other.hasContinued
    endsEmpty = endsEmpty || other.endsEmpty
  }
}
