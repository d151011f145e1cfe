// Describes damaged text for a person: which characters came as what, and whether a cut lay inside one of
// them. If the damage is not a short text in place of another, there is no description.

internal import Judging
internal import Terminal
internal import Trials

/// A short text that came in place of another.
struct Diagnosis {
  /// The longest text that is searched on either side, in bytes.
  private static let lengthMax = 24
  /// How many equal bytes after the damage prove that both streams continue alike.
  private static let anchor = 6

  /// The characters as they were sent.
  let sent: [UInt8]
  /// What came in their place.
  let received: [UInt8]
  /// Where the characters begin in the body that was sent.
  let start: Int
  /// The cuts inside these characters, as offsets in the body.
  let cuts: [Int]

  /// Nil when the damage is not a short text in place of another.
  init?(_ evidence: Evidence) {
    let (expected, came) = (evidence.expected, evidence.received)
    var from = evidence.expectedOffset - evidence.expectedStart
    var other = evidence.receivedOffset - evidence.receivedStart
    guard expected.indices.contains(from), came.indices.contains(other) else { return nil }
    // A character that differs in its second byte differs as a whole.
    while from > 0, other > 0, isContinuation(expected[from]),
      expected[from - 1] == came[other - 1]
    {
      (from, other) = (from - 1, other - 1)
    }
    guard let (first, second) = Self.lengths(expected[from...], came[other...]) else { return nil }
    sent = Array(expected[from..<from + first])
    received = Array(came[other..<other + second])
    let begin = evidence.expectedStart + from
    start = begin
    cuts = evidence.cuts.filter { $0 > begin && $0 < begin + first }
  }

  /// The shortest lengths after which both continue alike; the first is never 0.
  private static func lengths(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> (Int, Int)?
  {
    for sum in 1...2 * lengthMax {
      for first in max(1, sum - lengthMax)...min(sum, lengthMax) {
        let (behind, other) = (left.dropFirst(first), right.dropFirst(sum - first))
        guard behind.count >= anchor, other.count >= anchor, let next = behind.first,
          !isContinuation(next)
        else { continue }
        if behind.prefix(anchor).elementsEqual(other.prefix(anchor)) { return (first, sum - first) }
      }
    }
    return nil
  }

  /// The damage in words: `(你) came as ��: one cut inside 你, byte 467`.
  var words: String {
    let came = received.isEmpty ? "did not come" : "came as \(text(received))"
    return "(\(text(sent))) \(came): \(cutText)"
  }

  private var cutText: String {
    guard let first = cuts.first else { return "no cut there, byte \(start)" }
    guard cuts.count == 1 else { return "\(cuts.count) cuts inside, the first at byte \(first)" }
    return "one cut inside \(text(character(around: first))), byte \(first)"
  }

  /// The character that a cut lies in, or the two bytes that it lies between.
  private func character(around cut: Int) -> [UInt8] {
    let place = cut - start
    guard isContinuation(sent[place]) else { return Array(sent[(place - 1)...place]) }
    let first = sent[..<place].lastIndex { !isContinuation($0) } ?? 0
    let end = sent[place...].firstIndex { !isContinuation($0) } ?? sent.count
    return Array(sent[first..<end])
  }

  /// For a person: characters that a terminal would act on are escaped.
  private func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self).unicodeScalars.map { scalar in
      scalar.isASCII ? escaped(UInt8(scalar.value)) : printable(String(scalar))
    }.joined()
  }
}

/// Whether a byte continues a character (RFC 3629 §3).
private func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
