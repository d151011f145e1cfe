// Operations on many bytes at once, for which the standard library offers no fast safe form yet.

extension [UInt8] {
  /// Appends the bytes of `span`.
  ///
  /// Byte by byte this runs at about 1 GB/s; through the pointer it is one `memcpy` (over 40 GB/s
  /// at 64 KiB), which is why the word `unsafe` stands here. The pointer does not leave the closure.
  package mutating func append(copying span: Span<UInt8>) {
    unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}

/// Whether both arrays hold the same bytes.
///
/// `==` goes byte by byte at about 1 GB/s; blocks without an early exit become vector compares.
package func areSameBytes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  guard left.count == right.count else { return false }
  let (left, right) = (left.span, right.span)
  var start = 0
  while start + 64 <= left.count {
    let leftBlock = left.extracting(start..<start + 64)
    let rightBlock = right.extracting(start..<start + 64)
    var difference: UInt8 = 0
    for index in 0..<64 { difference |= leftBlock[index] ^ rightBlock[index] }
    guard difference == 0 else { return false }
    start += 64
  }
  while start < left.count {
    guard left[start] == right[start] else { return false }
    start += 1
  }
  return true
}
