// A proxy in another process: our own as a target keeps every byte, and a target that cannot be
// judged is never passed.

import Foundation
import Sockets
import TestSupport
import Testing

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
struct TargetTests {
  static let recording = Fixtures.recordings + "/chat-english.jsonl"

  @Test func ourOwnProxyKeepsEveryByte() async throws {
    try await withTemporaryFolder { folder in
      let path = try #require(Programs.replay)
      let report = "\(folder)/report.json"
      let run = try replay(
        [
          "--launch", "exec '\(path)' proxy", "--compare", "bytes", "--report", "json=\(report)",
        ], folder)
      #expect(try await run.exitCode() == 0, "\(run.errors)")
      let lines = run.text.split(separator: "\n")
      #expect(lines.contains { $0.hasPrefix("reaches: bytes") })
      let values = try json(report)
      let target = try #require(values["target"] as? [String: Any])
      #expect(target["reaches"] as? String == "bytes")
      #expect(target["unprovenCount"] as? Int == 0)
      let requested = try #require(target["cutsRequested"] as? Int)
      #expect(requested > 5_000)
      #expect(target["cutsAchieved"] as? Int == requested)
      #expect(values["verdict"] as? String == "PASSED")
    }
  }

  @Test func aProxyThatRunsAlreadyIsFoundByItsURL() async throws {
    try await withTemporaryFolder { folder in
      let mock = try portForLater()
      let port = try portForLater()
      let proxy = try ChildProcess(
        try #require(Programs.replay), ["proxy", "--listen", "127.0.0.1:\(port)"],
        environment: [
          "DASHSCOPE_API_KEY": "k", "QWEN_BASE_URL": "http://127.0.0.1:\(mock)/v1",
        ], folder: folder)
      defer { proxy.kill() }
      _ = try await proxy.firstLine()
      let words = ["--target", "http://127.0.0.1:\(port)", "--listen", "127.0.0.1:\(mock)"]
      let run = try replay(words + ["--plan", "cuts=1x"], folder)
      #expect(try await run.exitCode() == 0, "\(run.errors)")
      #expect(run.text.contains("cuts made: 2392 of 2392 requested"))
      proxy.terminate()
      #expect(try await proxy.exitCode() == 0)
    }
  }

  /// What stands in the errors beside exit code 2.
  static let hopeless = [
    ("exit 3", "the target has exited with code 3"),
    ("echo last words; kill -9 $$", "last words"),
    ("sleep 0.1; echo gone; exit 1", "gone"),
    ("exec '@' mock --listen 127.0.0.1:{port}", "without asking the mock upstream"),
  ]

  @Test(arguments: hopeless)
  func aTargetThatCannotBeJudgedIsNeverPassed(_ launch: String, words: String) async throws {
    try await withTemporaryFolder { folder in
      let command = launch.replacing("@", with: try #require(Programs.replay))
      let run = try replay(["--launch", command, "--path", "/nowhere"], folder)
      #expect(try await run.exitCode() == 2)
      #expect(run.errors.contains(words), "\(run.errors)")
      #expect(!run.text.contains("PASSED"))
    }
  }

  @Test func aTargetThatIsDownIsNeverPassed() async throws {
    try await withTemporaryFolder { folder in
      // Port 1 is nobody's; a port that was free a moment ago may be another test's by now.
      let words = ["--target", "http://127.0.0.1:1", "--listen", "127.0.0.1:0"]
      let run = try replay(words, folder)
      #expect(try await run.exitCode() == 2)
      #expect(run.errors.contains("does not take connections"), "\(run.errors)")
    }
  }

  /// It is a failure of the plan that killed it, and the target is started again.
  @Test func aTargetThatDiesUnderWayIsNeverPassed() async throws {
    try await withTemporaryFolder { folder in
      // The proxy is killed by a process of its own group once plans run: then its notes are long.
      let path = try #require(Programs.replay)
      let command = """
        : > '\(folder)/notes'
        DEBUG_STREAMING=true '\(path)' proxy 2>> '\(folder)/notes' & child=$!
        until [ $(wc -c < '\(folder)/notes') -gt 50000 ]; do sleep 0.02; done
        echo struck down; kill -9 $child
        """
      let run = try replay(["--launch", command, "--plans", "quick"], folder)
      #expect(try await run.exitCode() == 1, "\(run.errors)")
      #expect(run.text.contains("liveness  CRASHED: the target has "), "\(run.text)")
      #expect(run.text.contains("struck down"), "\(run.text)")
      #expect(!run.text.contains("PASSED"))
    }
  }

  @Test(arguments: [true, false])
  func aHarnessThatEndsTakesTheTargetAlong(_ isKilled: Bool) async throws {
    try await withTemporaryFolder { folder in
      let path = try #require(Programs.replay)
      // The proxy is a child of the command, not the command.
      let command = """
        echo {port} > '\(folder)/port'
        DEBUG_STREAMING=true '\(path)' proxy 2> '\(folder)/notes'; true
        """
      let run = try replay(["--launch", command, "--plans", "exhaustive"], folder)
      // Once the proxy takes notes of fragments, it is under way.
      try await eventually {
        (try? Data(contentsOf: URL(fileURLWithPath: "\(folder)/notes")))?.count ?? 0 > 3_000
      }
      let text = try String(contentsOfFile: "\(folder)/port", encoding: .utf8)
      let port = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
      #expect(throws: SocketError.self) { try listenOnce(at: port) }
      if isKilled {
        run.kill()
      } else {
        run.terminate()
        #expect(try await run.exitCode() == 130)
        let output = String(decoding: run.output, as: UTF8.self)
        #expect(output.contains("INTERRUPTED"), "\(output) \(run.errors)")
      }
      // Its port is free again.
      #expect(try await eventually { (try? listenOnce(at: port)) != nil })
    }
  }

  static let misuse: [([String], String)] = [
    (["--target", "http://127.0.0.1:1"], "--target needs --listen"),
    (["--target", "ftp://127.0.0.1:1"], "--target takes a URL"),
    (["--launch", "x", "--compare", "bits"], "--compare does not know"),
    (["--launch", "x", "--header", "no colon"], "--header takes"),
    (["--launch", "x", "--policy", "key=stolen"], "--policy does not know 'key=stolen'"),
    (["--launch", "x", "--ignore", ""], "--ignore takes a path"),
    (["--ignore", "id"], "--ignore is for a target"),
    (["--launch", "x", "--plan", " "], "--plan is empty"),
    (
      ["--target", "http://127.0.0.1:1", "--listen", "127.0.0.1:0", "--plan", "stop=3"],
      "stop= tells"
    ),
    (["--launch", "x", "--path", "v1"], "--path takes"),
    (["--launch", "x", "--stage", "simulated"], "--stage is for the embedded proxy"),
    (
      ["--launch", "x", "--compare", "content", "--comments"], "--comments is for --compare events"
    ),
    (["--stage", "target"], "the stage target needs --target"),
    (["--known", "list.json"], "--known is for a target: name one with --target URL or --launch"),
    (["--record-known=list.json"], "--record-known is for a target"),
    (["--compare", "bytes"], "--compare is for a target"),
  ]

  @Test(arguments: misuse) func misuseIsNamed(_ words: [String], complaint: String) async throws {
    try await withTemporaryFolder { folder in
      let run = try replay(words, folder)
      #expect(try await run.exitCode() == 2)
      #expect(run.errors.contains(complaint), "\(run.errors)")
    }
  }

  @Test func aPortThatIsTakenIsNamed() async throws {
    var network = try SocketNetwork()
    let (listener, port) = try network.listen(host: "127.0.0.1", port: 0)
    try await withTemporaryFolder { folder in
      let words = ["--target", "http://127.0.0.1:1", "--listen", "127.0.0.1:\(port)"]
      let run = try replay(words, folder)
      #expect(try await run.exitCode() == 2)
      #expect(run.errors.contains("cannot listen on 127.0.0.1:\(port): "), "\(run.errors)")
      #expect(!run.text.contains("PASSED"))
    }
    network.stopListening(listener)
  }

  private func replay(_ words: [String], _ folder: String) throws -> ChildProcess {
    try ChildProcess(
      try #require(Programs.replay), ["run", Self.recording, "--no-diagnosis"] + words,
      environment: ["PATH": "/usr/bin:/bin"], folder: folder)
  }

  private func json(_ path: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }
}

extension ChildProcess {
  fileprivate var text: String { String(decoding: output, as: UTF8.self) }
}
