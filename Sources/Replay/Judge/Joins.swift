// The searches behind the rules of BlockComparison.swift, on plain bytes: which blocks of one side are
// joined in a block of the other, and which blocks of both sides are most alike. All of them look at a
// window of bounded size, and keep the order of both sides.

internal import Wire

/// A block as a search sees it.
package struct Piece: Hashable, Sendable {
  package var place: Int
  package var bytes: [UInt8]

  package init(_ place: Int, _ bytes: [UInt8]) {
    self.place = place
    self.bytes = bytes
  }
}

/// One block, and the consecutive blocks of the other side that it is made of.
struct Join: Hashable, Sendable {
  package var whole: Int
  package var pieces: ClosedRange<Int>
}

/// How far from its proportional place a partner is searched, in blocks, to either side.
private let searchMax = 64
/// Shorter data occurs in too many places to prove that its block is there.
private let telltaleBytesMin = 4
/// Longer texts are not searched for the data of other blocks, because the time could be quadratic.
private let searchedBytesMax = 1 << 20

/// The wholes that are made of two or more consecutive pieces, in order on both sides.
/// - Parameter countOfPieces: How many of the pieces, from the first on, the whole is made of; nil
///   when it is not.
func joins(
  wholes: [Piece], pieces: [Piece], countOfPieces: ([UInt8], ArraySlice<Piece>) -> Int?
) -> [Join] {
  var found: [Join] = []
  var cursor = 0
  for (index, whole) in wholes.enumerated() where !whole.bytes.isEmpty {
    let near = index * pieces.count / wholes.count
    let starts = max(cursor, near - searchMax)..<max(cursor, near) + searchMax
    for start in starts.clamped(to: 0..<pieces.count) {
      guard let count = countOfPieces(whole.bytes, pieces[start...]) else { continue }
      let last = start + count - 1
      found.append(Join(whole: whole.place, pieces: pieces[start].place...pieces[last].place))
      cursor = last + 1
      break
    }
  }
  return found
}

/// How many consecutive pieces, from the first on, are together exactly `whole`; nil when no number fits,
/// or when fewer than two of them have bytes. Empty pieces in between are counted.
func countFilling(_ whole: [UInt8], _ pieces: ArraySlice<Piece>) -> Int? {
  guard let first = pieces.first, !first.bytes.isEmpty else { return nil }
  var filled = 0
  var telling = 0
  for (count, piece) in pieces.enumerated() {
    guard piece.place == first.place + count, whole[filled...].starts(with: piece.bytes) else {
      return nil
    }
    filled += piece.bytes.count
    telling += piece.bytes.isEmpty ? 0 : 1
    if filled == whole.count { return telling >= 2 ? count + 1 : nil }
  }
  return nil
}

/// How many consecutive pieces, from the first on, occur in `whole` in order, without overlap and with
/// any bytes between them; nil when fewer than two do. Pieces that are too short to prove anything are
/// counted in between.
func countContained(_ whole: [UInt8], _ pieces: ArraySlice<Piece>) -> Int? {
  guard let first = pieces.first, first.bytes.count >= telltaleBytesMin,
    whole.count <= searchedBytesMax
  else { return nil }
  var from = 0
  var telling = 0
  var countFound = 0
  for (count, piece) in pieces.enumerated() {
    guard piece.place == first.place + count else { break }
    guard piece.bytes.count >= telltaleBytesMin else { continue }
    guard let end = endOfFirst(piece.bytes, in: whole[from...]) else { break }
    from = end
    telling += 1
    countFound = count + 1
  }
  return telling >= 2 ? countFound : nil
}

/// Where the first occurrence of `needle` (not empty) in `bytes` ends, or nil.
private func endOfFirst(_ needle: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
  guard needle.count <= bytes.count else { return nil }
  for start in bytes.startIndex...(bytes.endIndex - needle.count)
  where bytes[start] == needle[0] && bytes[start...].starts(with: needle) {
    return start + needle.count
  }
  return nil
}

/// Gives every piece of `few` one of `many`, in order: the most similar of those that leave enough for
/// the rest, the first of them when several are equally similar. `few` has at most as many pieces as
/// `many`. Returns places.
func mostAlike(few: [Piece], many: [Piece]) -> [(few: Int, many: Int)] {
  var cursor = 0
  return few.indices.map { index in
    let end = min(many.count - (few.count - 1 - index), cursor + searchMax)
    var best = (index: cursor, likeness: -1)
    for candidate in cursor..<end {
      let likeness = likeness(few[index].bytes, many[candidate].bytes)
      if likeness > best.likeness { best = (candidate, likeness) }
    }
    cursor = best.index + 1
    return (few[index].place, many[best.index].place)
  }
}

/// How many bytes two texts share at the beginning and at the end.
private func likeness(_ text: [UInt8], _ other: [UInt8]) -> Int {
  let prefix = sharedPrefixCount(text[...], other[...])
  let suffixMax = min(text.count, other.count) - prefix
  var suffix = 0
  while suffix < suffixMax, text[text.count - 1 - suffix] == other[other.count - 1 - suffix] {
    suffix += 1
  }
  return prefix + suffix
}

/// How many bytes two slices share at the beginning.
func sharedPrefixCount(_ bytes: ArraySlice<UInt8>, _ other: ArraySlice<UInt8>) -> Int {
  let countMax = min(bytes.count, other.count)
  var count = 0
  while count < countMax, bytes[bytes.startIndex + count] == other[other.startIndex + count] {
    count += 1
  }
  return count
}
