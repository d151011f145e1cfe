// `replay diff` as people run it: what counts as a difference, what is only told, and the exit codes.

import Foundation
import MockQwen
import TestSupport
import Testing
import Wire

@testable import Judging
@testable import Recordings

@Suite(.enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
struct DiffCommandTests {
  /// What is done to the second recording, the options, the exit code, and what is printed.
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var options: [String] = []
    var code: Int32
    var words: [String]
    var change: @Sendable (inout Recording) -> Void = { _ in }

    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "same", code: 0, words: ["SAME", "borders  the same 8; times differ by 0 ms"]),
    Case(
      name: "lost", code: 1, words: ["blocks  LOST: block 2 at body byte", "DIFFERENT", "┊"],
      change: { $0.keepBlocks { $0 != 1 } }),
    Case(
      name: "all lost", code: 1,
      words: ["blocks  LOST: block 1 ", "end  WRONG: truncated by the client instead of complete"],
      change: {
        $0.keepBlocks { _ in false }
        $0.session.ending = .truncated
        $0.side = .client
      }),
    Case(
      name: "status", code: 1, words: ["status  WRONG: 429 instead of 200"],
      change: { $0.session.response.status = 429 }),
    Case(
      name: "other request", code: 0,
      words: [#"request  model: B "other", A "qwen-plus""#, "SAME"],
      change: {
        $0.session.request.body = Array(
          String(decoding: $0.session.request.body, as: UTF8.self)
            .replacing("qwen-plus", with: "other").utf8)
      }),
    Case(
      name: "other bytes", code: 0, words: ["bytes    differ from byte 5 on", "SAME"],
      change: {
        $0.session.body = Array(
          String(decoding: $0.session.body, as: UTF8.self).replacing("data: ", with: "data:").utf8)
        $0.session.fragments = [Session.Fragment(end: $0.session.body.count, milliseconds: 0)]
      }),
    Case(
      name: "borders", code: 0, words: ["borders  8 and 7 reads; 7 borders are the same", "SAME"],
      change: { $0.session.fragments.remove(at: 3) }),
    Case(
      name: "borders count", options: ["--borders"], code: 1, words: ["DIFFERENT"],
      change: { $0.session.fragments.remove(at: 3) }),
    Case(
      name: "speed", options: ["--speed", "2"], code: 0,
      words: ["times differ by 1 ms in the median, 7 ms at most"],
      change: {
        for index in $0.session.fragments.indices {
          let half = Double($0.session.fragments[index].milliseconds) / 2
          $0.session.fragments[index].milliseconds = Int(half.rounded()) + (index == 7 ? 7 : 1)
        }
      }),
  ]

  @Test(arguments: cases) func tells(_ example: Case) async throws {
    let script = try #require(Script.all.first { $0.name == "chat-english" })
    let recording = Recording(source: "s", session: script.session)
    var changed = recording
    example.change(&changed)
    let (code, text) = try await diff(recording.written(), changed.written(), example.options)
    #expect(code == example.code, "\(text)")
    for words in example.words { #expect(text.contains(words), "\(text)") }
  }

  @Test func damageIsNoDifference() async throws {
    let bytes = Recording(source: "s", session: Script.all[0].session).written()
    let (code, text) = try await diff(bytes, Array(bytes.dropLast(20)), [])
    #expect(code == 2)
    #expect(text.contains("b.jsonl:"), "\(text)")
  }
}

private func diff(
  _ a: [UInt8], _ b: [UInt8], _ options: [String]
) async throws -> (code: Int32?, text: String) {
  try await withTemporaryFolder { folder in
    try put(a, "a.jsonl", in: folder)
    try put(b, "b.jsonl", in: folder)
    let process = try ChildProcess(
      try #require(Programs.replay), ["diff", "\(folder)/a.jsonl", "\(folder)/b.jsonl"] + options,
      folder: folder)
    let code = try await process.exitCode()
    return (code, String(decoding: process.output, as: UTF8.self) + process.errors)
  }
}

extension Recording {
  /// Leaves only some of the blocks.
  fileprivate mutating func keepBlocks(_ isKept: (Int) -> Bool) {
    let blocks = ReferenceReader.blocks(in: session.body)
    session.body = blocks.indices.filter(isKept).flatMap { session.body[blocks[$0].range] }
    session.fragments =
      session.body.isEmpty ? [] : [Session.Fragment(end: session.body.count, milliseconds: 0)]
  }
}
