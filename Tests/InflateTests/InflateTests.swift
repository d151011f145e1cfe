// What zlib has written is read as zlib reads it, whole and in every way of cutting it; what zlib
// refuses is refused. `.ci/inflate` does the same with a thousand streams of a larger kind.

import Foundation
import Inflate
import TestSupport
import Testing

/// A line of a file that `.ci/inflate-cases` has written.
struct InflateCase: Sendable, CustomTestStringConvertible {
  var line: Int
  var wrapper: Inflater.Wrapper
  /// Length and hash of the content; nil where zlib refuses the stream.
  var expected: (count: Int, hash: UInt64)?
  var stream: [UInt8]

  var testDescription: String { "line \(line), \(wrapper.rawValue)" }

  static func read(_ path: String) throws -> [InflateCase] {
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    return lines.enumerated().compactMap { index, line in
      let words = line.split(separator: " ")
      guard words.count == 4, let wrapper = Inflater.Wrapper(rawValue: String(words[0])),
        let stream = words[3] == "-" ? Data() : Data(base64Encoded: String(words[3]))
      else { return nil }
      let count = Int(words[1])
      let hash = UInt64(words[2], radix: 16)
      return InflateCase(
        line: index + 1, wrapper: wrapper, expected: count.flatMap { c in hash.map { (c, $0) } },
        stream: Array(stream))
    }
  }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures").path
  /// The committed cases, or those that the environment names.
  static let all: [InflateCase] = {
    let path = ProcessInfo.processInfo.environment["REPLAY_INFLATE_CASES"]
    return (try? read(path ?? folder + "/inflate-cases.txt")) ?? []
  }()
}

/// FNV-1a in 64 bits.
private func hash(_ bytes: [UInt8]) -> UInt64 {
  bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

@Suite struct InflateTests {
  @Test func thereAreCases() {
    #expect(InflateCase.all.count >= 90)
    #expect(InflateCase.all.contains { $0.expected == nil })
    for wrapper in Inflater.Wrapper.allCases {
      #expect(InflateCase.all.contains { $0.wrapper == wrapper && $0.expected != nil })
    }
  }

  @Test(arguments: InflateCase.all)
  func readsWhatZlibReads(_ one: InflateCase) {
    let output = try? inflated(one.stream, one.wrapper, limit: 1 << 24)
    #expect(output?.count == one.expected?.count)
    #expect(output.map(hash) == one.expected?.hash)
  }

  @Test(arguments: InflateCase.all.filter { $0.stream.count < 200 })
  func theCutsOfTheInputDoNotMatter(_ one: InflateCase) {
    for pieces in everyWay(ofCutting: one.stream) {
      var inflater = Inflater(one.wrapper, limit: 1 << 20)
      var isRead = true
      for piece in pieces where isRead { isRead = (try? inflater.take(piece)) != nil }
      isRead = isRead && inflater.isComplete
      #expect(isRead == (one.expected != nil))
      if isRead { #expect(hash(inflater.output) == one.expected?.hash) }
    }
  }

  @Test func whatHasComeIsThereBeforeTheEnd() throws {
    let one = try #require(
      InflateCase.all.first { $0.wrapper == .gzip && ($0.expected?.count ?? 0) > 100 })
    var inflater = Inflater(.gzip, limit: 1 << 20)
    try inflater.take(one.stream.dropLast(9))
    #expect(!inflater.isComplete)
    #expect(inflater.output.count > 0)
  }

  /// 1 MiB of zeroes in about a kilobyte: a stored length cannot say so, a reference can.
  @Test func outputIsBounded() {
    // A fixed block: a zero, then 4,000 times "258 bytes from one byte back", then the end.
    var bits: [UInt8] = [1, 1, 0]
    bits += [0, 0, 1, 1, 0, 0, 0, 0]
    for _ in 0..<4_000 { bits += [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0] }
    bits += [UInt8](repeating: 0, count: 7)
    while bits.count % 8 != 0 { bits.append(0) }
    let bomb = stride(from: 0, to: bits.count, by: 8).map { start in
      (0..<8).reduce(UInt8(0)) { $0 | bits[start + $1] << $1 }
    }
    let whole = 1 + 4_000 * 258
    #expect((try? inflated(bomb, .raw, limit: whole))?.count == whole)
    for limit in [0, 1, 65_536, whole - 1] {
      let error = #expect(throws: InflateError.self) { try inflated(bomb, .raw, limit: limit) }
      #expect(error?.reason == .tooLarge)
    }
  }

  static let refusals: [(Inflater.Wrapper, [UInt8], InflateError.Reason)] = [
    (.gzip, Array("data: 1\n\n".utf8), .badHeader), (.gzip, [0x1F, 0x8B, 8, 0xE0], .badHeader),
    (.gzip, [0x1F, 0x8B], .endsEarly), (.gzip, [], .endsEarly), (.zlib, [0x78], .endsEarly),
    (.zlib, [0x79, 0x9C], .badHeader), (.zlib, [0x78, 0x9D], .badHeader),
    (.zlib, [0x78, 0xBB], .needsDictionary), (.raw, [7], .badBlock),
    (.raw, [1, 1, 0, 0, 0, 65], .badStoredLength), (.raw, [1, 1, 0, 0xFE, 0xFF], .endsEarly),
    (.raw, [1, 0, 0, 0xFF, 0xFF, 9], .bytesBehind), (.raw, [3, 2, 0], .badDistance),
    (.zlib, [0x78, 0x9C, 3, 0, 0, 0, 0, 2], .badChecksum),
  ]

  @Test(arguments: refusals)
  func refuses(_ wrapper: Inflater.Wrapper, _ bytes: [UInt8], _ reason: InflateError.Reason) {
    let error = #expect(throws: InflateError.self) {
      try inflated(bytes, wrapper, limit: 1_000)
    }
    #expect(error?.reason == reason)
  }
}
