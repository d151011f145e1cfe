// A prefix code given by the lengths of its words (RFC 1951 section 3.2.2): words of one length follow
// each other, shorter ones come first. So a word is found by counting, without a tree.

/// A prefix code.
struct PrefixCode: Hashable, Sendable {
  /// The longest word, in bits.
  static let lengthMax = 15

  /// How many words have each length.
  private var counts = [Int](repeating: 0, count: lengthMax + 1)
  /// The symbols, ordered by their words.
  private var symbols: [Int] = []

  /// The code whose words have these lengths, 0 for a symbol that does not occur. Nil when there are
  /// more words than fit, or fewer: with `mayBeSingle` a single word of one bit may leave room.
  init?(lengths: some Collection<Int>, mayBeSingle: Bool = true) {
    for length in lengths { counts[length] += 1 }
    counts[0] = 0
    var left = 1
    for length in 1...Self.lengthMax {
      left = left * 2 - counts[length]
      guard left >= 0 else { return nil }
    }
    let wordCount = counts.reduce(0, +)
    // Without a word, the code cannot be used: a block of literals has no distances.
    let isSingle = wordCount == 1 && counts[1] == 1
    guard left == 0 || wordCount == 0 || isSingle && mayBeSingle else { return nil }
    for length in 1...Self.lengthMax where counts[length] > 0 {
      for (symbol, own) in lengths.enumerated() where own == length { symbols.append(symbol) }
    }
  }

  /// The result of reading one word.
  enum Word {
    case symbol(Int)
    case unknown
  }

  /// Reads a word; `unknown` when the bits are not a word, nil when more bits are needed.
  func read(_ reader: inout BitReader) -> Word? {
    var code = 0
    var first = 0
    var index = 0
    for length in 1...Self.lengthMax {
      guard let bit = reader.bits(1) else { return nil }
      code = code << 1 | bit
      let count = counts[length]
      if code - first < count { return .symbol(symbols[index + code - first]) }
      index += count
      first = (first + count) << 1
    }
    return .unknown
  }
}
