// The comparison in blocks against the plain one, around every block's size.

import Testing
import Wire

@Suite struct BytesTests {
  @Test func bytesAreTheSameOnlyWhenEveryByteIs() {
    for count in Array(0...100) + Array(250...345) {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
      #expect(areSameBytes(bytes, Array(bytes)))
      #expect(!areSameBytes(bytes, bytes + [0]))
      let places = bytes.indices.filter { place in
        var other = bytes
        other[place] ^= 0x80
        return areSameBytes(bytes, other) || areSameBytes(other, bytes)
      }
      #expect(places.isEmpty)
    }
  }
}
