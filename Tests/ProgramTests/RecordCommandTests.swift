// `replay record --upstream` as people run it: as a process, with curl before it, killed at any moment.

import Foundation
import MockQwen
import Sockets
import TestSupport
import Testing
import Wire

@testable import Networks
@testable import Recordings
@testable import Trials

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
struct RecordCommandTests {
  @Test(.enabled(if: Programs.curl != nil, "curl is not installed"))
  func curlIsRecordedAndItsSecretsAreNot() async throws {
    try await withRecorder { url, recorder, out, folder in
      for script in Script.all where script.name != "long-answer" {
        let curl = try curl(url, script.name, folder)
        #expect(try await curl.exitCode() == (script.session.ending == .complete ? 0 : 18))
        #expect(curl.output == script.session.body)
      }
      recorder.terminate()
      #expect(try await recorder.exitCode() == 0)
      let recordings = try recordingFiles(at: [out])
      let scripts = Script.all.filter { $0.name != "long-answer" }
      #expect(recordings.count == scripts.count)
      for script in scripts {
        let recording = try #require(
          recordings.first {
            $0.recording.session.request.fields["X-Replay-Recording"] == script.name
          }
        ).recording
        #expect(recording.session.ending == script.session.ending)
        #expect(recording.session.body.count == script.session.body.count)
        #expect(recording.source.hasPrefix("recorded from http://127.0.0.1:"))
      }
      for (path, _) in recordings {
        let text = String(decoding: FileManager.default.contents(atPath: path)!, as: UTF8.self)
        #expect(!text.contains("sk-of-the-client") && !text.contains("sk-4f9d2c7ab81e4e0c9d35"))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        let name = path.split(separator: "/").last ?? ""
        #expect(
          name.contains(#/^\d{8}T\d{6}\.\d{3}Z-qwen-plus-[0-9a-f]{8}(-\d+)?\.jsonl$/#), "\(name)")
      }
      #expect(!recorder.errors.contains("sk-of-the-client"))
    }
  }

  static let modes: [(words: [String], environment: [String: String], counts: [Int])] = [
    (["--mode", "all"], [:], [2, 4]), (["--mode", "new"], [:], [1, 1]),
    (["--mode", "once"], [:], [2, 2]), (["--mode", "none"], [:], [0, 0]),
    ([], ["CI": "true"], [0, 0]), (["--mode", "all"], ["CI": "1"], [0, 0]),
    ([], ["CI": "false"], [2, 4]),
  ]

  /// The same question twice, then the recorder again and the same twice.
  @Test(
    .enabled(if: Programs.curl != nil, "curl is not installed"), arguments: modes)
  func recordsByItsMode(
    _ words: [String], _ environment: [String: String], _ counts: [Int]
  ) async throws {
    try await withTemporaryFolder { folder in
      let out = "\(folder)/out"
      for count in counts {
        try await withRecorder(words, environment: environment, out: out) { url, recorder, _, _ in
          for _ in 0..<2 {
            let curl = try curl(url, "chat-english", folder)
            #expect(try await curl.exitCode() == 0)
          }
          recorder.terminate()
          #expect(try await recorder.exitCode() == 0)
          #expect(count > 0 || recorder.errors.contains("nothing is recorded"))
        }
        #expect(files(out).count == count)
      }
    }
  }

  @Test func killedAtAnyMomentItLeavesWholeRecordingsOnly() async throws {
    var generator = SeededGenerator(seed: 20)
    try await withTemporaryFolder { folder in
      let out = "\(folder)/out"
      var whole = 0
      var hidden = 0
      for _ in 0..<20 {
        try await withRecorder(out: out) { url, recorder, _, _ in
          var clients = try Clients(url, count: 12)
          // Until some of its twelve recordings are there, and a little longer.
          let due = files(out).count + generator.number(below: 12)
          clients.run(milliseconds: 600_000) { files(out).count >= due }
          clients.run(milliseconds: generator.number(below: 10)) { false }
          recorder.kill()
          _ = try await recorder.exitCode()
        }
        // Every file that has its name is whole: reading it would say so.
        if !files(out).isEmpty { whole = try recordingFiles(at: [out]).count }
        hidden += hiddenFiles(out).count
        #expect(files(out).count == whole)
      }
      print("20 kills: \(whole) recordings, all whole; \(hidden) unfinished hidden files seen")
      #expect(whole > 0)
      try await withRecorder(out: out) { _, _, _, _ in }
      #expect(hiddenFiles(out) == [])
      #expect(files(out).count == whole)
    }
  }

  /// A disk that is full is played by a limit on the size of files.
  @Test(.enabled(if: Programs.curl != nil, "curl is not installed"))
  func whatTheDiskDoesNotTakePassesAndIsTold() async throws {
    try await withRecorder(shell: "trap '' XFSZ; ulimit -f 40; exec \"$0\" \"$@\"") {
      url, recorder, out, folder in
      for name in ["long-answer", "chat-english", "long-answer"] {
        let script = try #require(Script.all.first { $0.name == name })
        let curl = try curl(url, name, folder)
        #expect(try await curl.exitCode() == 0)
        #expect(curl.output == script.session.body, "\(name)")
      }
      recorder.terminate()
      #expect(try await recorder.exitCode() == 1)
      let lines = recorder.errors.split(separator: "\n")
      let lost = lines.filter { $0.hasPrefix("not recorded: cannot write \(out)/") }
      #expect(lost.count == 2, "\(recorder.errors)")
      #expect(lines.last == "2 sessions not recorded: see above")
      #expect(hiddenFiles(out) == [])
      let kept = try recordingFiles(at: [out]).map(\.recording.session)
      #expect(
        kept.map { $0.request.fields["X-Replay-Recording"] } == ["chat-english"])
    }
  }

  @Test func saysWhatItCannotDo() async throws {
    try await withTemporaryFolder { folder in
      let cases: [(words: [String], text: String)] = [
        (["--upstream", "nonsense"], "--upstream is not a URL"),
        (["--upstream", "http://127.0.0.1:1", "--redact", "("], "is not a regular expression"),
        (["--upstream", "http://127.0.0.1:1", "--mode", "some"], "none, once, new, all"),
        ([], "--upstream URL"),
      ]
      for (words, text) in cases {
        let process = try ChildProcess(
          try #require(Programs.replay), ["record", "--out", "\(folder)/x"] + words, folder: folder)
        #expect(try await process.exitCode() == 2)
        #expect(process.errors.contains(text), "\(process.errors)")
      }
    }
  }
}

/// Clients on one thread that ask and read until they are told to stop.
private struct Clients: ~Copyable {
  private var network: SocketNetwork

  init(_ url: String, count: Int) throws {
    network = try SocketNetwork()
    let port = Int(url.dropFirst("http://127.0.0.1:".count).prefix { $0 != "/" }) ?? 0
    for number in 0..<count {
      let body = #"{"model":"qwen-plus","messages":[],"stream":true,"n":\#(number)}"#
      let client = network.connect(to: "127.0.0.1", port: port)
      let head =
        "POST /chat/completions HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer sk-of-the-client\r\n"
        + "Content-Length: \(body.utf8.count)\r\n\r\n"
      network.send(Array((head + body).utf8), on: client)
    }
  }

  mutating func run(milliseconds: Int, until isOver: () -> Bool) {
    let end = monotonicMilliseconds() + milliseconds
    var events: [NetworkEvent] = []
    while monotonicMilliseconds() < end, !isOver() { network.poll(timeout: 1, into: &events) }
  }
}

private func files(_ folder: String) -> [String] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  return names.filter { !$0.hasPrefix(".") }
}

private func hiddenFiles(_ folder: String) -> [String] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  return names.filter { $0.hasPrefix(".") }
}

private func curl(_ url: String, _ name: String, _ folder: String) throws -> ChildProcess {
  let question =
    #"{"model":"qwen-plus","messages":[{"role":"user","content":"sk-4f9d2c7ab81e4e0c9d35"}],"stream":true}"#
  return try ChildProcess(
    try #require(Programs.curl),
    [
      "-sN", "--max-time", "\(patienceMax)", "\(url)/chat/completions?api_key=sk-of-the-client",
      "-H", "Authorization: Bearer sk-of-the-client", "-H", "Content-Type: application/json",
      "-H", "X-Replay-Recording: \(name)", "-d", question,
    ], folder: folder)
}

/// Runs `body` with a recorder before a mock of the scripts; neither outlives it. `shell` starts the
/// recorder, which is `"$0" "$@"` there.
private func withRecorder(
  _ words: [String] = [], environment: [String: String] = [:], out: String? = nil,
  shell: String? = nil,
  _ body: (_ url: String, _ recorder: ChildProcess, _ out: String, _ folder: String) async throws
    -> Void
) async throws {
  try await withTemporaryFolder { folder in
    let replay = try #require(Programs.replay)
    let out = out ?? "\(folder)/out"
    let mock = try ChildProcess(replay, ["mock", "--pacing", "none"], folder: folder)
    defer { mock.kill() }
    let upstream = try #require(try await mock.firstLine()?.split(separator: " ").last)
    let all = ["record", "--upstream", String(upstream), "--out", out] + words
    let recorder = try ChildProcess(
      shell == nil ? replay : "/bin/sh", shell.map { ["-c", $0, replay] + all } ?? all,
      environment: environment, folder: folder)
    defer { recorder.kill() }
    let url = try #require(try await recorder.firstLine()?.split(separator: " ").last)
    try await body(String(url), recorder, out, folder)
  }
}
