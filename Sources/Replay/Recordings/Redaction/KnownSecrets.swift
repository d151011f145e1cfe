// Secrets that were found in one place are searched for in all others. There may be thousands of them,
// and long bodies, so they are not searched one by one: the values are sorted, and where the first bytes
// of one of them occur in a text, a binary search finds the longest that matches. Only a few hundred
// bytes are compared at once: a longer value is searched in pieces.

internal import Wire

/// Values to look for.
struct KnownSecrets {
  /// How many first bytes a place must share with a value before it is compared.
  static let headCount = 4
  /// The most bytes of a piece of a value; limits the cost of one place of a text.
  private static let pieceMax = 256
  /// A value with fewer bytes counts only as a separate word.
  private static let wordMax = 12

  private var values: [[UInt8]] = []
  /// For each value, the longest other value that it begins with.
  private var shorter: [Int?] = []
  /// Which hashes of first bytes occur.
  private var heads: [Bool] = []
  private var shift: UInt32 = 0

  var isEmpty: Bool { values.isEmpty }

  init(_ known: Set<[UInt8]>) {
    values = Set(known.flatMap(Self.pieces)).sorted { $0.lexicographicallyPrecedes($1) }
    guard !values.isEmpty else { return }
    var bits: UInt32 = 12
    while 1 << bits < values.count * 16, bits < 22 { bits += 1 }
    shift = 32 - bits
    heads = [Bool](repeating: false, count: 1 << Int(bits))
    var open: [Int] = []
    for (index, value) in values.enumerated() {
      heads[head(of: value, at: 0)] = true
      while let last = open.last, !value.starts(with: values[last]) { open.removeLast() }
      shorter.append(open.last)
      open.append(index)
    }
  }

  /// A value in pieces, all of about the same length.
  private static func pieces(of value: [UInt8]) -> [[UInt8]] {
    let count = (value.count + pieceMax - 1) / pieceMax
    return (0..<count).map { index in
      Array(value[value.count * index / count..<value.count * (index + 1) / count])
    }
  }

  private func head(of text: [UInt8], at index: Int) -> Int {
    let word =
      UInt32(text[index]) | UInt32(text[index + 1]) << 8 | UInt32(text[index + 2]) << 16
      | UInt32(text[index + 3]) << 24
    return Int((word &* 0x9E37_79B1) >> shift)
  }

  /// Where values occur in `text`; places do not overlap.
  func places(in text: [UInt8]) -> [Range<Int>] {
    guard !isEmpty, text.count >= Self.headCount else { return [] }
    var places: [Range<Int>] = []
    var index = 0
    while index <= text.count - Self.headCount {
      if heads[head(of: text, at: index)], let count = longest(in: text, at: index) {
        places.append(index..<index + count)
        index += count
      } else {
        index += 1
      }
    }
    return places
  }

  /// The length of the longest value that begins at `start`.
  private func longest(in text: [UInt8], at start: Int) -> Int? {
    var candidate = lastNotAbove(text, start, text.count)
    while let index = candidate {
      let value = values[index]
      if holds(text, value, at: start), isWhole(value.count, text, start) { return value.count }
      candidate = shorter[index]
    }
    return nil
  }

  private func isWhole(_ count: Int, _ text: [UInt8], _ start: Int) -> Bool {
    guard count < Self.wordMax else { return true }
    let end = start + count
    return (start == 0 || !isAlphanumeric(text[start - 1]))
      && (end == text.count || !isAlphanumeric(text[end]))
  }

  /// The last value, in order, that does not sort after the bytes in `start..<end`.
  private func lastNotAbove(_ text: [UInt8], _ start: Int, _ end: Int) -> Int? {
    let behind = values.partitionPoint { !isAbove($0, text, start, end) }
    return behind > 0 ? behind - 1 : nil
  }

  private func isAbove(_ value: [UInt8], _ text: [UInt8], _ start: Int, _ end: Int) -> Bool {
    for index in value.indices {
      guard start + index < end else { return true }
      if value[index] != text[start + index] { return value[index] > text[start + index] }
    }
    return false
  }

  /// The last bytes of `range` that are the beginning of a value; nil when there are none, or so few that
  /// it may be chance.
  func beginning(atEndOf range: Range<Int>, in text: [UInt8]) -> Range<Int>? {
    guard !isEmpty, range.count >= Self.headCount else { return nil }
    var start = max(range.lowerBound, range.upperBound - Self.pieceMax + 1)
    while start <= range.upperBound - Self.headCount {
      defer { start += 1 }
      guard heads[head(of: text, at: start)] else { continue }
      let piece = text[start..<range.upperBound]
      // If a value begins with the piece, the first value after the piece does.
      let next = lastNotAbove(text, start, range.upperBound).map { $0 + 1 } ?? 0
      let isEqual = next > 0 && values[next - 1].elementsEqual(piece)
      guard !isEqual, next < values.count, values[next].starts(with: piece) else { continue }
      let isTelling = piece.count >= 6 || piece.contains(where: isDigit)
      let isWord = start == range.lowerBound || !isAlphanumeric(text[start - 1])
      if isTelling, isWord || piece.count >= 8 { return start..<range.upperBound }
    }
    return nil
  }
}
