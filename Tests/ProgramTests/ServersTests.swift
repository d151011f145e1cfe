// The servers as people run them: `replay mock` and `replay proxy` as processes, and curl as a
// client that nobody here wrote.

import Foundation
import MockQwen
import Sockets
import TestSupport
import Testing

@testable import Networks
@testable import Recordings

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"),
  .enabled(if: Programs.curl != nil, "curl is not installed"))
struct ServersTests {
  static let question = #"{"model":"qwen-plus","messages":[],"stream":true}"#

  @Test func curlGetsWholeSessionsThroughProxyAndMock() async throws {
    try await withServers { mock, proxy, folder in
      // The first request may open what stays open.
      _ = try await curl(["\(proxy.root)/health"], folder)
      let before = (mock.process.descriptorCount, proxy.process.descriptorCount)
      for script in Script.all {
        let answer = try await ask(proxy, script.name, folder)
        let text = String(decoding: answer.body, as: UTF8.self)
        if script.session.ending == .complete {
          let blankLines: [UInt8] = Array(answer.body.dropFirst(script.session.body.count))
          #expect(answer.code == 0, "\(script.name)")
          #expect(answer.body.starts(with: script.session.body), "\(script.name)")
          #expect(blankLines.allSatisfy { $0 == 0x0A }, "\(script.name)")
        } else {
          #expect(answer.code == 18, "\(script.name)")
          #expect(text.contains("event: error\n"), "\(script.name)")
        }
      }
      try await eventually {
        before == (mock.process.descriptorCount, proxy.process.descriptorCount)
      }
      #expect(before == (mock.process.descriptorCount, proxy.process.descriptorCount))

      let log = mock.process.errors
      for script in Script.all {
        #expect(log.contains("POST /compatible-mode/v1/chat/completions 200 \(script.name)\n"))
      }
      #expect(!log.contains("sk-of-the-test") && !proxy.process.errors.contains("sk-of-the-test"))
      #expect(proxy.process.errors.contains(": upstream fragment 0: bytes 0..<"))
    }
  }

  @Test func serversAnswerHealthAndRefusals() async throws {
    try await withServers { mock, proxy, folder in
      for server in [mock, proxy] {
        let answer = try await curl(["\(server.root)/health"], folder)
        #expect(String(decoding: answer.body, as: UTF8.self) == #"{"status":"ok"}"#)
      }
      let unknown = try await ask(proxy, "no-such-recording", folder)
      #expect(String(decoding: unknown.body, as: UTF8.self).contains("recording_not_found"))
      let noKey = try await curl(
        ["\(mock.root)/compatible-mode/v1/chat/completions", "-d", Self.question], folder)
      #expect(String(decoding: noKey.body, as: UTF8.self).contains("invalid_api_key"))
    }
  }

  @Test func aTakenPortIsNamed() async throws {
    try await withServers { mock, proxy, folder in
      let place = String(mock.root.dropFirst("http://".count))
      let port = String(place.split(separator: ":").last ?? "")
      let second = try start(["mock", "--listen", place], folder: folder)
      let third = try start(
        ["proxy"],
        environment: [
          "PORT": port, "DASHSCOPE_API_KEY": "k", "QWEN_BASE_URL": "http://127.0.0.1:1",
        ], folder: folder)
      for process in [second, third] {
        #expect(try await process.exitCode() == 2)
        #expect(process.errors.contains("cannot listen on \(place): Address already in use"))
        #expect(process.output.isEmpty)
      }
    }
  }

  @Test func aSignalNeverMakesACutStreamLookWhole() async throws {
    // Without chunks the end of the connection would end the body: only an abort can say otherwise.
    // Each event takes an hour, so that the stream goes on however busy the machine is.
    try await withServers(mockWords: ["--pacing", "3600000ms"]) { _, proxy, folder in
      let client = try curlProcess(
        Self.arguments(proxy, "chat-english") + ["--http1.0"], folder)
      try await eventually { client.output.contains(0x0A) }
      proxy.process.terminate()
      try await eventually { proxy.process.errors.contains("stopping: 1 under way") }
      proxy.process.terminate()
      #expect(try await proxy.process.exitCode() == 0)
      #expect(try await client.exitCode() == 56)
    }
  }

  @Test func aSignalLetsAStreamComeToItsEnd() async throws {
    try await withServers(mockWords: ["--pacing", "1000ms"]) { mock, proxy, folder in
      let script = try #require(Script.all.first { $0.name == "chat-english" })
      let client = try curlProcess(Self.arguments(proxy, script.name), folder)
      try await eventually { client.output.contains(0x0A) }
      // The rest of the stream does not come before this test has looked.
      mock.process.stop()
      proxy.process.terminate()
      try await eventually { proxy.process.errors.contains("stopping: ") }
      #expect(proxy.process.errors.contains("stopping: 1 under way"))
      let late = try await curl(["\(proxy.root)/health"], folder)
      #expect(late.code == 7, "nobody listens any more")
      mock.process.goOn()
      #expect(try await client.exitCode() == 0)
      #expect(client.output == script.session.body)
      #expect(try await proxy.process.exitCode() == 0)
    }
  }

  /// With no descriptor left clients wait, the server does not run in circles, and it goes on when
  /// there are some again.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/stat"), "no /proc here"))
  func withoutDescriptorsClientsWait() async throws {
    try await withTemporaryFolder { folder in
      let mock = try ChildProcess(
        "/bin/sh", ["-c", #"ulimit -n 24 && exec "$0" mock"#, try #require(Programs.replay)],
        folder: folder)
      defer { mock.kill() }
      let url = try #require(try await mock.firstLine()?.split(separator: " ").last)
      let port = try #require(Int(url.split(separator: ":")[2].prefix { $0 != "/" }))
      var network = try SocketNetwork()
      var events: [NetworkEvent] = []
      let clients = (0..<40).map { _ in network.connect(to: "127.0.0.1", port: port) }
      while events.count < clients.count { network.poll(timeout: 5_000, into: &events) }
      try await eventually { mock.descriptorCount ?? 0 >= 24 }
      #expect(mock.descriptorCount ?? 0 >= 24)
      let before = try #require(mock.cpuTicks)
      try await Task.sleep(for: .seconds(1))
      #expect(try #require(mock.cpuTicks) - before < 30)

      for client in clients.dropLast() { network.close(client) }
      let last = clients[clients.count - 1]
      network.send(Array("GET /health HTTP/1.1\r\nHost: h\r\n\r\n".utf8), on: last)
      let isAnswered = try await eventually {
        network.poll(timeout: 0, into: &events)
        return events.contains { $0.connection == last && $0 != .opened(last) }
      }
      #expect(isAnswered)
    }
  }

  @Test func recordingsAreNeverOverwrittenUnasked() async throws {
    try await withTemporaryFolder { folder in
      let words = ["record", "--scripted", "--only", "truncated", "--out", "\(folder)/new"]
      let inCI = try start(words, environment: ["CI": "true"], folder: folder)
      #expect(try await inCI.exitCode() == 2)
      #expect(inCI.errors.contains("nothing is recorded in CI"))
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/new"))

      let path = "\(folder)/new/truncated.jsonl"
      for (flags, code) in [([], 0), ([], 2), (["--replace"], 0)] as [([String], Int32)] {
        let before = FileManager.default.contents(atPath: path)
        let process = try start(words + flags, folder: folder)
        #expect(try await process.exitCode() == code)
        if code == 2 {
          #expect(process.errors.contains("\(path) would be overwritten"))
          #expect(FileManager.default.contents(atPath: path) == before)
        }
      }
      #expect(try recordingFiles(at: [path]).first?.recording.session.ending == .truncated)
    }
  }
}

/// A server that runs.
private struct Server {
  var process: ChildProcess
  /// Its URL without a path.
  var root: String
}

private func start(
  _ words: [String], environment: [String: String] = [:], folder: String
) throws -> ChildProcess {
  try ChildProcess(
    try #require(Programs.replay), words, environment: environment, folder: folder)
}

/// Starts a server, and reads where it listens.
private func serve(
  _ words: [String], environment: [String: String] = [:], path: String, folder: String
) async throws -> Server {
  let process = try start(words, environment: environment, folder: folder)
  let line = try await process.firstLine()
  let start = "replay \(words[0]) listening on "
  guard let line, line.hasPrefix(start), line.hasSuffix(path) else {
    process.kill()
    Issue.record("\(line ?? "no line"); \(process.errors)")
    throw CancellationError()
  }
  return Server(process: process, root: String(line.dropFirst(start.count).dropLast(path.count)))
}

/// Runs `body` with a mock and a proxy before it; both must end well when they are asked to.
private func withServers(
  mockWords: [String] = ["--pacing", "none"],
  _ body: (_ mock: Server, _ proxy: Server, _ folder: String) async throws -> Void
) async throws {
  try await withTemporaryFolder { folder in
    let mock = try await serve(
      ["mock", "--key", "sk-of-the-test"] + mockWords, path: "/compatible-mode/v1", folder: folder)
    defer { mock.process.kill() }
    let proxy = try await serve(
      ["proxy"],
      environment: [
        "DASHSCOPE_API_KEY": "sk-of-the-test", "DEBUG_STREAMING": "true",
        "QWEN_BASE_URL": "\(mock.root)/compatible-mode/v1",
      ], path: "/v1", folder: folder)
    defer { proxy.process.kill() }
    try await body(mock, proxy, folder)
    for server in [proxy, mock] {
      server.process.terminate()
      #expect(try await server.process.exitCode() == 0)
    }
  }
}

extension ServersTests {
  fileprivate static func arguments(_ proxy: Server, _ name: String) -> [String] {
    [
      "\(proxy.root)/v1/chat/completions", "-H", "Content-Type: application/json",
      "-H", "X-Replay-Recording: \(name)", "-d", question,
    ]
  }
}

private func curlProcess(_ words: [String], _ folder: String) throws -> ChildProcess {
  try ChildProcess(
    try #require(Programs.curl), ["-sN", "--max-time", "\(patienceMax)"] + words, folder: folder)
}

/// What curl prints, and its exit code.
private func curl(
  _ words: [String], _ folder: String
) async throws -> (body: [UInt8], code: Int32?) {
  let process = try curlProcess(words, folder)
  let code = try await process.exitCode()
  return (process.output, code)
}

private func ask(
  _ proxy: Server, _ name: String, _ folder: String
) async throws -> (body: [UInt8], code: Int32?) {
  try await curl(ServersTests.arguments(proxy, name), folder)
}
