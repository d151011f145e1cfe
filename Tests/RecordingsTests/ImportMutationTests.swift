// Ten thousand damaged files of other tools: each is read rightly or refused, none becomes a recording
// of something that nobody has sent. The seeds are fixed, so that a failure comes back.

import Foundation
import MockQwen
import Recordings
import TestSupport
import Testing

@Suite struct ImportMutationTests {
  static let folders = ["import", "trace"]
  static let files: [String] = folders.flatMap { folder in
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: Fixtures.folder + "/" + folder))
    return (names ?? []).sorted().map { folder + "/" + $0 }
  }
  /// How many damaged files are made of each.
  static let countEach = 300

  @Test func thereAreTenThousand() {
    #expect(Self.files.count * Self.countEach >= 10_000)
  }

  @Test(arguments: files)
  func noGarbageComesOfDamage(_ file: String) throws {
    let whole = try ImportFixtureTests.bytes(file)
    var draw = SeededGenerator(seed: file.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
    var readCount = 0
    for _ in 0..<Self.countEach {
      let bytes = Self.damaged(whole, &draw)
      guard let kind = ImportKind(of: bytes, file: file),
        let imported = try? importedSessions(bytes, file: file, kind: kind, name: "n")
      else { continue }
      readCount += imported.recordings.isEmpty ? 0 : 1
      for recording in imported.recordings {
        let problem = garbage(in: recording, imported)
        #expect(problem == nil, "\(file): \(String(decoding: bytes, as: UTF8.self))")
        #expect(try Recording.read(recording.written(), file: "n.jsonl").digest == recording.digest)
      }
    }
    // Damage in what is not the answer's leaves the answer; two inputs hold none.
    if !file.contains("/g"), !file.contains("/k") { #expect(readCount > 0) }
  }

  /// One place of a file changed: a bit, a byte, a piece lost, doubled or moved, the end cut off.
  private static func damaged(_ bytes: [UInt8], _ draw: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    let place = draw.number(below: bytes.count)
    let end = min(place + 1 + draw.number(below: 40), bytes.count)
    let words = ["null", "\"", "{", "}", "]", ",", "\n", "\r\n", "\u{0}", "\\ud83d", "-1", "1e99"]
    switch draw.number(below: 8) {
    case 0: bytes[place] ^= UInt8(1 << draw.number(below: 8))
    case 1: bytes[place] = UInt8(draw.number(below: 256))
    case 2: bytes.removeSubrange(place..<end)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 4: bytes.removeSubrange(place...)
    case 5:
      let word = words[draw.number(below: words.count)]
      bytes.replaceSubrange(place..<end, with: Array(word.utf8))
    case 6:
      let piece = Array(bytes[place..<end])
      bytes.removeSubrange(place..<end)
      bytes.insert(contentsOf: piece, at: draw.number(below: bytes.count + 1))
    default:
      // A digit into another: sizes, offsets, statuses, times.
      let digits = bytes.indices.filter { 0x30...0x39 ~= bytes[$0] }
      guard !digits.isEmpty else { return bytes }
      let index = digits[draw.number(below: digits.count)]
      bytes[index] = UInt8(0x30 + draw.number(below: 10))
    }
    return bytes
  }
}
