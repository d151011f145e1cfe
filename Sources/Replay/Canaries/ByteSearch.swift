// Where bytes stand in other bytes. The library's searches work for all collections, and are many times
// slower; a diagnosis runs all canaries under dozens of deliveries.

extension [UInt8] {
  /// Where `part` stands from `start` on; nil where it does not.
  private func range(of part: [UInt8], from start: Int) -> Range<Int>? {
    guard let first = part.first else { return nil }
    var place = start
    while place + part.count <= count {
      if self[place] == first {
        var length = 1
        while length < part.count, self[place + length] == part[length] { length += 1 }
        if length == part.count { return place..<place + length }
      }
      place += 1
    }
    return nil
  }

  /// Where `part` first stands; nil where it does not.
  func firstRange(of part: [UInt8]) -> Range<Int>? { range(of: part, from: 0) }

  /// Where the last `part` ends that is found from the beginning on, each behind the one before it; nil
  /// where there is none.
  func lastEnd(of part: [UInt8]) -> Int? {
    var end: Int?
    while let next = range(of: part, from: end ?? 0) { end = next.upperBound }
    return end
  }

  /// Whether `part` stands anywhere.
  func contains(_ part: [UInt8]) -> Bool { firstRange(of: part) != nil }

  /// The bytes with `new` for each `old`.
  func replacing(_ old: [UInt8], with new: [UInt8]) -> [UInt8] {
    var written: [UInt8] = []
    var start = 0
    while let next = range(of: old, from: start) {
      written += self[start..<next.lowerBound] + new
      start = next.upperBound
    }
    return start == 0 ? self : written + self[start...]
  }
}
