// Files that anybody may have written, damaged in every way: whatever is in one, it is read or refused.
// A reader that traps ends the whole test run, and one that does not end meets its time limit. Numbers
// are put to the borders of their types more often than chance would.
//
// `REPLAY_MUTATIONS` says how many files are tried (3,000 without it).

import Foundation
import MockQwen
import ProxyUnderTest
import TestSupport
import Testing

@testable import Commands
@testable import Judging
@testable import Recordings
@testable import Trials

@Suite(.timeLimit(.minutes(30))) struct MutatedFilesTests {
  /// A reader with a file that it reads; true when it has taken what it was given.
  struct Reader: Sendable {
    var name: String
    var file: [UInt8]
    var reads: @Sendable ([UInt8], _ folder: String) throws -> Bool
  }

  private static func fixture(_ path: String) -> [UInt8] {
    Array((try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data())
  }

  private static func imports(_ kind: ImportKind, _ file: String) -> Reader {
    Reader(name: "import \(kind)", file: Array(file.utf8)) { bytes, _ in
      _ = ImportKind(of: bytes, file: "file")
      let found = try importedSessions(bytes, file: "file", kind: kind, name: "n").recordings
      return try found.allSatisfy { recording in
        var session = try Recording.read(recording.written(), file: "n.jsonl").session
        session.name = recording.session.name
        return session == recording.session
      }
    }
  }

  /// A reader of a file by its path.
  private static func reader(
    _ name: String, _ file: [UInt8], as fileName: String,
    _ reads: @escaping @Sendable (_ path: String, _ folder: String) throws -> Bool
  ) -> Reader {
    Reader(name: name, file: file) { bytes, folder in
      try put(bytes, fileName, in: folder)
      return try reads("\(folder)/\(fileName)", folder)
    }
  }

  private static let trace = """
    10:00:00.000001 => Send header, 60 bytes (0x3c)
    0000: 50 4f 53 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d POST / HTTP/1.1.
    0010: 0a 48 6f 73 74 3a 20 68 0d 0a 0d 0a             .Host: h....
    10:00:00.120001 <= Recv header, 17 bytes (0x11)
    0000: 48 54 54 50 2f 31 2e 31 20 32 30 30 20 4f 4b 0d HTTP/1.1 200 OK.
    0010: 0a                                              .
    10:00:00.120001 <= Recv header, 2 bytes (0x2)
    0000: 0d 0a                                           ..
    10:00:00.230001 <= Recv data, 9 bytes (0x9)
    0000: 64 61 74 61 3a 20 31 0a 0a                      data: 1..
    10:00:00.230001 == Info: Closing connection 0
    """
  private static let vcr = #"""
    {"http_interactions":[{"request":{"method":"post","uri":"https://h/v1/chat/completions",
    "body":{"string":"{}"},"headers":{"Accept":["*/*"]}},"response":{"status":{"code":200,
    "message":"OK"},"headers":{"Content-Type":["text/event-stream"]},
    "body":{"string":"data: 1\n\n"}},"recorded_at":"Fri, 02 Jan 2026 03:04:05 GMT"}]}
    """#
  private static let chunks =
    #","_chunks":[{"ts":1.5,"bytes":9},{"ts":20,"bytes":10}]"#

  static let readers: [Reader] = [
    Reader(name: "recording", file: fixture("\(Fixtures.recordings)/close-delimited.jsonl")) {
      bytes, _ in
      let recording = try Recording.read(bytes, file: "n.jsonl")
      return try Recording.read(recording.written(), file: "n.jsonl") == recording
    },
    reader(
      "crash file",
      fixture("\(Fixtures.recordings)/regressions/mixing-mixed-d19a2847774e.json"), as: "c.json"
    ) { path, _ in try CrashFile.read(path).seed >= 0 },
    reader(
      "account file",
      Array(
        #"{"access_token":"a","refresh_token":"r","expiry_date":1800000000123,"resource_url":"h"}"#
          .utf8), as: "oauth_creds.json"
    ) { _, folder in
      let accounts = try AccountFolder(folder).accounts(defaultUpstream: Account.portal)
      var pool = AccountPool(accounts)
      var outputs: [AccountPool.Output] = []
      pool.handle(.wanted(1), at: 1_800_000_000_000, into: &outputs)
      guard let tokens = accounts.first?.tokens else { return false }
      return AccountFolder(folder).save(tokens, of: AccountFolder.singleName)
    },
    reader(
      "counts", Array(#"{"day":"2027-01-15","requests":{"a":12,"b":7}}"#.utf8),
      as: AccountFolder.countsName
    ) { _, folder in
      var counts = AccountFolder(folder).counts()
      for name in ["a", "b"] { counts.add(name, at: 1_800_000_000_000) }
      return try AccountFolder(folder).add(counts)
    },
    reader("grid", fixture("\(Fixtures.folder)/grid.json"), as: "g.json") { path, _ in
      _ = try GridFile.read(path)
      return true
    },
    reader("known failures", fixture("\(Fixtures.folder)/grid.known.json"), as: "k.json") {
      path, _ in
      _ = try KnownFailures.read(path)
      return true
    },
    imports(.har, ImportTests.archive(chunks)),
    imports(.har, ImportTests.archive("", #","_eventSourceMessages":[{"time":1,"data":"1"}]"#)),
    imports(.trace, trace), imports(.vcr, vcr), imports(.sse, "data: 1\n\nid: 2\ndata: 3\r\n\r\n"),
    imports(.lines, "{\"a\":1}\n{\"b\":2}\n"),
    Reader(
      name: "plan",
      file: Array(
        "cuts=17,18,330 chunks=1x framing=chunked pacing=5ms client=pauses@9 fault=reset@512".utf8)
    ) { bytes, _ in
      let plan = try Plan(String(decoding: bytes, as: UTF8.self))
      return try Plan(plan.description) == plan
    },
    Reader(
      name: "policy", file: Array("half-close=leaves patience=180 silence=900 ahead=64".utf8)
    ) { bytes, _ in
      _ = try Policy(String(decoding: bytes, as: UTF8.self))
      return true
    },
  ]

  /// Numbers at the borders of the types that hold them, and what is none.
  private static let numbers = [
    "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615",
    "1e308", "-1e308", "1e999", "4294967296", "2147483648", "-1", "0", "1.5", "null", "true",
    "\"5\"", "99999999999999999999999999", "00", "[]", "{}",
  ].map { Array($0.utf8) }

  /// Damages a file in one to four places.
  private static func mutated(
    _ file: [UInt8], _ generator: inout SeededGenerator
  ) -> [UInt8] {
    var bytes = file
    func below(_ bound: Int) -> Int { Int(generator.next() % UInt64(max(bound, 1))) }
    for _ in 0...below(4) where !bytes.isEmpty {
      let place = below(bytes.count)
      switch below(8) {
      case 0: bytes[place] ^= UInt8(1 << below(8))
      case 1: bytes.removeSubrange(place..<min(place + 1 + below(20), bytes.count))
      case 2: bytes.removeSubrange(place...)
      case 3: bytes.insert(contentsOf: bytes[place...].prefix(1 + below(40)), at: place)
      case 4: bytes.insert(contentsOf: [UInt8](repeating: 0x5B, count: below(400)), at: place)
      case 5: bytes.insert([0, 0xFF, 0x80, 0x0A, 0x22, 0x5C, 0x7B, 0x2D][below(8)], at: place)
      default:
        // The next number from here on.
        guard let start = bytes[place...].firstIndex(where: { 0x30...0x39 ~= $0 }) else { break }
        let end = bytes[start...].firstIndex { !(0x30...0x39 ~= $0 || $0 == 0x2E) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: numbers[below(numbers.count)])
      }
    }
    return bytes
  }

  @Test func everyFileIsReadOrRefused() async throws {
    let count = ProcessInfo.processInfo.environment["REPLAY_MUTATIONS"].flatMap { Int($0) } ?? 3_000
    var generator = SeededGenerator(seed: 11)
    var taken = [Int](repeating: 0, count: Self.readers.count)
    try await withTemporaryFolder { folder in
      for (index, reader) in Self.readers.enumerated() {
        let isTaken = try reader.reads(reader.file, "\(folder)/\(index)")
        #expect(isTaken, "\(reader.name) as it is")
      }
      for number in 0..<count {
        let index = number % Self.readers.count
        let file = Self.mutated(Self.readers[index].file, &generator)
        if let isTaken = try? Self.readers[index].reads(file, "\(folder)/\(index)") {
          taken[index] += 1
          #expect(isTaken, "\(Self.readers[index].name): \(String(decoding: file, as: UTF8.self))")
        }
      }
    }
    let words = zip(Self.readers, taken).map { "\($0.name) \($1)" }.joined(separator: ", ")
    print("\(count) mutated files; read all the same: \(words)")
    // Most damage must be felt, and some must not be.
    #expect(taken.reduce(0, +) > 0 && taken.reduce(0, +) < count)
  }
}
