// How many events a client dispatches for a body, by the WHATWG rules for event streams (HTML
// Living Standard, section 9.2.6). Only what decides about dispatch is read: the ends of lines,
// blank lines, and whether a field is named `data`.

/// The number of events that `body` makes a client dispatch: the blank lines before which, since the
/// last one, stood a `data` field. What follows the last blank line is never dispatched.
func dispatchedEventCount(in body: [UInt8]) -> Int {
  let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  var rest = body.starts(with: byteOrderMark) ? body.dropFirst(byteOrderMark.count) : body[...]
  var count = 0
  var holdsData = false
  while let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
    let line = rest[..<end]
    if line.isEmpty {
      count += holdsData ? 1 : 0
      holdsData = false
    } else if line.prefix(while: { $0 != UInt8(ascii: ":") }).elementsEqual("data".utf8) {
      holdsData = true
    }
    let isPair = rest[end] == 0x0D && end + 1 < rest.endIndex && rest[end + 1] == 0x0A
    rest = rest[(end + (isPair ? 2 : 1))...]
  }
  return count
}
