// What is captured over a real socket is what the script says: every byte, every border, the true
// end. The recordings of the project are such captures, and are held against the scripts too.

import Foundation
import MockQwen
import TestSupport
import Testing
import Wire

@testable import Commands
@testable import Judging
@testable import Recordings

@Suite(.serialized, .timeLimit(.minutes(30))) struct ScriptCaptureTests {
  @Test func capturesEveryScriptAsItIs() async throws {
    let sessions = Script.all.map(\.session)
    for (recording, session) in zip(try await captured(sessions), sessions) {
      expectSame(recording, session)
      #expect(recording.captured?.hasSuffix("Z") == true)
    }
  }

  @Test(arguments: [
    (Session.Ending.reset, Recording.Side.upstream), (.timeout, .client), (.truncated, .upstream),
    (.complete, .upstream),
  ])
  func writesDownHowTheBodyReallyEnded(
    _ ending: Session.Ending, _ side: Recording.Side
  ) async throws {
    for framing in [Session.Framing.chunked, .length] {
      var session = Script.all[0].session
      session.ending = ending
      session.framing = framing
      let recording = try #require(try await captured([session], silenceMax: 500).first)
      expectSame(recording, session)
      #expect(recording.side == side)
    }
  }

  @Test func keepsTheTimesOfTheScript() async throws {
    let session = try #require(Script.all.first { $0.name == "keep-alives" }).session
    let captured = try await captured([session]).first?.session.fragments ?? []
    // A busy machine may be late, never early.
    for (read, sent) in zip(captured, session.fragments) {
      #expect(read.milliseconds >= sent.milliseconds - 1)
    }
  }

  static let files = Script.all.map(\.name)

  @Test(arguments: files) func matchesTheRecordingsOfTheProject(_ name: String) throws {
    let script = try #require(Script.all.first { $0.name == name })
    let path = projectFolder.appendingPathComponent("recordings/\(name).jsonl").path
    let recording = try #require(try recordingFiles(at: [path]).first).recording
    expectSame(recording, script.session)
    #expect(recording.captured?.hasSuffix("Z") == true)
    let readMe = try String(
      contentsOf: projectFolder.appendingPathComponent("recordings/README.md"), encoding: .utf8)
    #expect(readMe.contains("| `\(name)` |"))
  }

  /// The command that `recordings/README.md` tells: what it makes is what is there, times aside.
  @Test(.enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
  func theDocumentedCommandMakesTheRecordingsOfTheProject() async throws {
    let words = ["record", "--scripted", "--out", "recordings", "--replace"]
    let readMe = try String(
      contentsOf: projectFolder.appendingPathComponent("recordings/README.md"), encoding: .utf8)
    #expect(readMe.contains("    swift run -c release replay \(words.joined(separator: " "))\n"))
    try await withTemporaryFolder { folder in
      let there = projectFolder.appendingPathComponent("recordings").path
      let process = try ChildProcess(
        try #require(Programs.replay), words.map { $0 == "recordings" ? "\(folder)/new" : $0 },
        folder: folder)
      #expect(try await process.exitCode() == 0, "\(process.errors)")
      let names = try FileManager.default.contentsOfDirectory(atPath: there).sorted()
        .filter { $0.hasSuffix(".jsonl") }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: "\(folder)/new").sorted() == names)
      for name in names {
        let isSame = try withoutTimes("\(there)/\(name)") == withoutTimes("\(folder)/new/\(name)")
        #expect(isSame, "\(name)")
      }
    }
  }
}

/// A recording file with all its times set to 0.
private func withoutTimes(_ path: String) throws -> String {
  try String(contentsOfFile: path, encoding: .utf8)
    .replacing(#/"captured":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"/#, with: #""captured":"""#)
    .replacing(#/(?m)^\{"(base64":"[^"]*",")?ms":\d+/#) { "{\"\($0.output.1 ?? "")ms\":0" }
}

/// What the recorder writes down of `sessions`, in their order.
private func captured(
  _ sessions: [Session], silenceMax: Int = 2_000
) async throws -> [Recording] {
  try await withTemporaryFolder { folder in
    var capture = try ScriptCapture(into: folder, replaces: false, silenceMax: silenceMax)
    #expect(try capture.run(sessions) { _ in } == 0)
    return try sessions.map { session in
      try #require(try recordingFiles(at: ["\(folder)/\(session.name).jsonl"]).first).recording
    }
  }
}

/// The folder with `Package.swift`.
private let projectFolder = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

private func expectSame(_ recording: Recording, _ script: Session) {
  let session = recording.session
  #expect(session.name == script.name)
  #expect(session.body == script.body, "\(script.name)")
  #expect(session.fragments.map(\.end) == script.fragments.map(\.end), "\(script.name)")
  #expect(session.framing == script.framing, "\(script.name)")
  #expect(session.ending == script.ending, "\(script.name)")
  var request = script.request
  // The one field that the recorder adds.
  request.fields.add("Accept-Encoding", "identity")
  #expect(session.request == request, "\(script.name)")
  var response = session.response
  for name in ["Transfer-Encoding", "Content-Length", "Connection"] { response.fields.remove(name) }
  #expect(response == script.response, "\(script.name)")
  #expect(recording.source.hasPrefix("synthetic: "))
  let text = String(decoding: recording.written(), as: UTF8.self)
  #expect(!text.contains(ScriptCapture.key))
}
