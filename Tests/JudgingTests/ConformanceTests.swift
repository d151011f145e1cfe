// The reference reader against the cases of eleven other test suites. They lie outside the package,
// beside it or in the folder that REPLAY_CORPORA names; without them the test is skipped and says
// so. Where a suite wants something else than the standard, the standard's events are expected.
//
// Cases whose connection a browser refuses for its status or content type expect no event, although
// the body alone would give some. The reader sees only bodies: they are counted, not compared.

import Foundation
import Testing

@testable import Judging

@Suite struct ConformanceTests {
  @Test(
    .enabled(
      if: Corpora.conformance != nil, "no conformance cases; REPLAY_CORPORA can name their folder"))
  func readsEveryCaseAsTheStandardSays() throws {
    let folder = try #require(Corpora.conformance)
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "json" }
    var visitedCount = 0
    var refusedCount = 0
    for file in files.sorted(by: { $0.path < $1.path }) {
      let cases = try JSONDecoder().decode([ConformanceCase].self, from: Data(contentsOf: file))
      for conformance in cases {
        visitedCount += 1
        if conformance.http?.failsConnection == true {
          refusedCount += 1
        } else {
          try compare(conformance, file.lastPathComponent)
        }
      }
    }
    print("\(visitedCount) conformance cases, \(refusedCount) refused before their body")
    #expect(files.count >= 11)
    #expect(visitedCount >= 180)
    #expect(refusedCount <= 5)
  }

  private func compare(_ conformance: ConformanceCase, _ file: String) throws {
    let name: Comment = "\(file): \(conformance.name)"
    let input = try conformance.bytes()
    let events = ReferenceReader.events(in: input)
    let expected = conformance.standardEvents ?? conformance.events
    #expect(events.map { text($0.type) } == expected.map { Array($0.type.utf8) }, name)
    #expect(events.map { text($0.data) } == expected.map { Array($0.data.utf8) }, name)
    for (event, expected) in zip(events, expected) {
      if let id = expected.id { #expect(text(event.id) == Array(id.utf8), name) }
    }
    let blocks = ReferenceReader.blocks(in: input)
    if let retry = conformance.retry { #expect(blocks.compactMap(\.retry).last == retry, name) }
    if let id = conformance.lastEventID {
      #expect(text(ReferenceReader.lastEventID(in: input)) == Array(id.utf8), name)
    }
    if let comments = conformance.comments {
      #expect(blocks.flatMap(\.comments).map(text) == comments.map { Array($0.utf8) }, name)
    }
  }

  /// What a browser makes of the bytes: decoded with U+FFFD for what is not UTF-8.
  private func text(_ bytes: [UInt8]) -> [UInt8] {
    Array(String(decoding: bytes, as: UTF8.self).utf8)
  }
}

/// Where the corpora lie.
private enum Corpora {
  /// The folder of conformance cases, or nil when there is none.
  static let conformance: URL? = {
    let package = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
    let corpora =
      ProcessInfo.processInfo.environment["REPLAY_CORPORA"].map { URL(filePath: $0) }
      ?? package.appending(path: "../shared/corpora").standardizedFileURL
    let folder = corpora.appending(path: "conformance")
    guard FileManager.default.fileExists(atPath: folder.path) else {
      print("Conformance cases skipped: no folder \(folder.path); set REPLAY_CORPORA.")
      return nil
    }
    return folder
  }()
}

/// One case as it stands in the files.
private struct ConformanceCase: Decodable {
  struct Expected: Decodable {
    var type: String
    var data: String
    var id: String?
  }

  struct Response: Decodable {
    enum CodingKeys: String, CodingKey { case failsConnection = "fails_connection" }

    var failsConnection: Bool?
  }

  enum CodingKeys: String, CodingKey {
    case name, input, events, retry, comments, http
    case base64 = "input_base64"
    case standardEvents = "standard_events"
    case lastEventID = "lastEventId"
  }

  var name: String
  var input: String?
  var base64: String?
  var events: [Expected]
  var standardEvents: [Expected]?
  var retry: Int?
  var lastEventID: String?
  var comments: [String]?
  var http: Response?

  func bytes() throws -> [UInt8] {
    if let input { return Array(input.utf8) }
    let base64 = try #require(base64)
    return try Array(#require(Data(base64Encoded: base64)))
  }
}
