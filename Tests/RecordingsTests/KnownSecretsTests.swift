// Many values are found at once where each would be found alone; the longest one first.

import MockQwen
import Testing

@testable import Recordings

@Suite struct KnownSecretsTests {
  @Test(arguments: 1...40) func findsWhatASlowSearchFinds(_ seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    func letters(_ count: Int) -> [UInt8] {
      (0..<count).map { _ in 0x61 + UInt8(generator.number(below: 2)) }
    }
    let values = Set((0..<8).map { _ in letters(12 + generator.number(below: 4)) })
    let text = letters(600)
    var places: [Range<Int>] = []
    var index = 0
    while index < text.count {
      let here = values.filter { text[index...].starts(with: $0) }.map(\.count).max()
      if let here { places.append(index..<index + here) }
      index += here ?? 1
    }
    #expect(KnownSecrets(values).places(in: text) == places)
  }

  @Test func findsALongValueToItsEnd() {
    var value: [UInt8] = []
    for index in 0..<1_000 {
      let step: Int = (index * index + index / 7) % 90
      value.append(UInt8(0x21 + step))
    }
    let text = Array("so ".utf8) + value + Array(" there".utf8)
    let places = KnownSecrets([value]).places(in: text)
    let covered = Set(places.joined())
    #expect(covered == Set(3..<1_003))
  }

  static let beginnings: [(text: String, count: Int?)] = [
    ("it is sk-4f9", 6), ("it is sk-4f9d2c7ab81", 14), ("it is s", nil),
    ("it is sk-4f9d2c7ab81e", nil),
    ("it is sk-5", nil), ("sk-4f9d2", 8), ("", nil),
  ]
  @Test(arguments: beginnings) func findsBeginnings(_ text: String, _ count: Int?) {
    let known = KnownSecrets([Array("sk-4f9d2c7ab81e".utf8), Array("zebra-zebra".utf8)])
    let bytes = Array(text.utf8)
    #expect(known.beginning(atEndOf: bytes.indices, in: bytes)?.count == count)
  }

  @Test func aShortValueIsAWordOfItsOwn() {
    let known = KnownSecrets([Array("hunter2".utf8)])
    #expect(known.places(in: Array("hunter2, hunter22, xhunter2".utf8)) == [0..<7])
  }
}
