// What is captured over a real socket is what the script says: every byte, every border, the true
// end. The recordings of the project are such captures, and are held against the scripts too.

import Foundation
import MockQwen
import Replay
import Testing
import Wire

@Suite(.serialized, .timeLimit(.minutes(1))) struct ScriptCaptureTests {
  @Test func capturesEveryScriptAsItIs() throws {
    let sessions = Script.all.map(\.session)
    var capture = try ScriptCapture()
    let recordings = try capture.run(sessions, captured: "2026-01-02T03:04:05Z")
    #expect(recordings.count == sessions.count)
    for (recording, session) in zip(recordings, sessions) {
      expectSame(recording, session)
      #expect(recording.captured == "2026-01-02T03:04:05Z")
    }
  }

  @Test(arguments: [
    (Session.Ending.reset, Recording.Side.upstream), (.timeout, .client), (.truncated, .upstream),
    (.complete, .upstream),
  ])
  func writesDownHowTheBodyReallyEnded(_ ending: Session.Ending, _ side: Recording.Side) throws {
    for framing in [Session.Framing.chunked, .length] {
      var session = Script.all[0].session
      session.ending = ending
      session.framing = framing
      var capture = try ScriptCapture(silenceMax: 500)
      let recordings = try capture.run([session], captured: "2026-01-02T03:04:05Z")
      let recording = try #require(recordings.first)
      expectSame(recording, session)
      #expect(recording.side == side)
    }
  }

  @Test func keepsTheTimesOfTheScript() throws {
    let session = try #require(Script.all.first { $0.name == "keep-alives" }).session
    var capture = try ScriptCapture()
    let captured = try capture.run([session], captured: "").first?.session.fragments ?? []
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
  #expect(session.request == script.request, "\(script.name)")
  var response = session.response
  for name in ["Transfer-Encoding", "Content-Length", "Connection"] { response.fields.remove(name) }
  #expect(response == script.response, "\(script.name)")
  #expect(recording.source.hasPrefix("synthetic: "))
  let text = String(decoding: recording.written(), as: UTF8.self)
  #expect(!text.contains(ScriptCapture.key))
}
