// https upstreams, through `replay proxy` as people run it: what a TLS server sends, fragment by
// fragment, is what the client gets, and a cut is never a clean end.

import Foundation
import MockQwen
import TestSupport
import Testing

@testable import Recordings
@testable import Sockets
@testable import Trials

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"),
  .enabled(if: Programs.curl != nil, "curl is not installed"),
  .enabled(if: Programs.openssl != nil, "openssl is not installed"))
struct SecureUpstreamTests {
  static let chunkedHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

  @Test func everyEventIsThereBeforeTheNextIsSent() async throws {
    try await withProxy { upstream, proxy, client, folder in
      #expect(upstream.request.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
      #expect(upstream.request.contains("Authorization: Bearer sk-of-the-test\r\n"))
      #expect(upstream.request.contains("Accept-Encoding: identity\r\n"))
      upstream.send(Self.chunkedHead)
      var sent = ""
      for number in 0..<6 {
        let event = "data: {\"n\":\(number)}\n\n"
        upstream.send(chunk(event))
        sent += event
        try #require(try await eventually { client.output.count >= sent.utf8.count })
        #expect(client.output == Array(sent.utf8))
      }
      upstream.send("0\r\n\r\n")
      #expect(try await client.exitCode() == 0)
      #expect(client.output == Array(sent.utf8))
    }
  }

  /// Answers that are cut, and the start of what the client gets of each.
  static let cuts: [(answer: String, start: String)] = [
    (chunkedHead + chunk("data: 1\n\n"), "data: 1\n\nevent: error\n"),
    (chunkedHead + "20\r\ndata: 1\n\ndata", "data: 1\n\nevent: error\n"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhello", "hello"),
    ("", #"{"error":{"message":"The upstream reset"#),
  ]

  @Test(arguments: cuts)
  func aCutIsNeverACleanEnd(_ answer: String, _ start: String) async throws {
    let hasHead = answer.contains("\r\n\r\n")
    let isOwnAnswer = start.hasPrefix("{")
    try await withProxy { upstream, proxy, client, _ in
      upstream.send(answer)
      try await eventually { hasHead ? !client.output.isEmpty : true }
      upstream.cut()
      // An error before the body is a whole answer of the proxy's own.
      let code = try await client.exitCode()
      #expect(code == (isOwnAnswer ? 0 : 18))
      #expect(String(decoding: client.output, as: UTF8.self).hasPrefix(start))
      let place = "to 127.0.0.1:\(upstream.port): "
      try await eventually { proxy.errors.contains(place) }
      #expect(proxy.errors.contains(place))
    }
  }

  /// Answers that pass as they are: their heads, and what the client gets.
  static let whole: [(head: String, body: String, shown: [String])] = [
    ("200 OK\r\nContent-Length: 5", "hello", ["HTTP/1.1 200 OK", "Content-Length: 5"]),
    (
      "429 Slow Down\r\nRetry-After: 7\r\nContent-Length: 2", "{}",
      ["HTTP/1.1 429 Slow Down", "Retry-After: 7"]
    ),
    (
      "302 Found\r\nLocation: /other\r\nContent-Length: 5", "there",
      ["HTTP/1.1 302 Found", "Location: /other"]
    ),
    (
      "200 Fine\r\nB: 1\r\nA: 2\r\nB: 3\r\nContent-Encoding: gzip\r\nContent-Length: 3", "abc",
      ["HTTP/1.1 200 Fine\r\n", "B: 1\r\nA: 2\r\nB: 3\r\n", "Content-Encoding: gzip"]
    ),
    ("401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 3", "key", ["HTTP/1.1 401"]),
    ("401 No\r\nWWW-Authenticate: Bearer\r\nContent-Length: 3", "key", ["HTTP/1.1 401"]),
  ]

  @Test(arguments: whole)
  func answersPassAsTheyAre(_ head: String, _ body: String, _ shown: [String]) async throws {
    try await withProxy(curlWords: ["-i"]) { upstream, _, client, _ in
      upstream.send("HTTP/1.1 \(head)\r\n\r\n\(body)")
      let code = try await client.exitCode()
      #expect(code == 0)
      let text = String(decoding: client.output, as: UTF8.self)
      #expect(text.hasSuffix("\r\n\r\n\(body)"))
      for part in shown { #expect(text.contains(part)) }
    }
  }

  @Test func sixteenMebibytesArriveWhole() async throws {
    try await withProxy { upstream, _, client, _ in
      var body: [UInt8] = []
      body.reserveCapacity(16 << 20)
      for index in 0..<(16 << 20) { body.append(UInt8(truncatingIfNeeded: index ^ index >> 9)) }
      let head = "HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n"
      upstream.sendInBackground(Array(head.utf8) + body)
      let code = try await client.exitCode()
      #expect(code == 0)
      #expect(client.output == body)
    }
  }

  @Test func whatIsNoAnswerIsRefused() async throws {
    try await withProxy { upstream, _, client, _ in
      upstream.send("SSH-2.0-OpenSSH_9.2\r\n")
      let code = try await client.exitCode()
      #expect(code == 0)
      let text = String(decoding: client.output, as: UTF8.self)
      #expect(text.contains("upstream_malformed"))
    }
  }

  @Test(arguments: [true, false])
  func aClientThatLeavesClosesTheUpstream(_ hasBegun: Bool) async throws {
    try await withProxy { upstream, _, client, _ in
      if hasBegun {
        upstream.send(Self.chunkedHead + chunk("data: 1\n\n"))
        try #require(try await eventually { !client.output.isEmpty })
      }
      client.kill()
      #expect(try await upstream.process.exitCode() != nil)
    }
  }

  /// A client that rests is waited for, and gets all when it goes on.
  @Test func aClientThatDoesNotReadHoldsItsUpstreamUp() async throws {
    try await withProxy { upstream, proxy, client, _ in
      client.stop()
      defer { client.goOn() }
      let count = 64 << 20
      let head = "HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n"
      upstream.sendInBackground(Array(head.utf8) + [UInt8](repeating: 65, count: count))
      try await eventually { !client.output.isEmpty || proxy.peakMemory > 0 }
      let before = proxy.peakMemory
      client.goOn()
      #expect(try await client.exitCode() == 0)
      #expect(client.output.count == count)
      // In kilobytes: far from the whole body, whatever the sockets hold.
      #expect(proxy.peakMemory - before < 24 << 10)
    }
  }

  @Test func anUpstreamThatIsNotTrustedGetsNothing() async throws {
    try await withTemporaryFolder { folder in
      let own = try await Certificate(for: "127.0.0.1", folder: folder)
      let other = try await Certificate(for: "example.org", folder: folder)
      for (server, trusted, words) in [
        (own, other, "the certificate is self-signed"),
        (other, other, "the certificate is for another host than 127.0.0.1"),
      ] {
        let upstream = try await SecureUpstream(server, folder: folder)
        defer { upstream.process.kill() }
        let proxy = try startProxy("https://127.0.0.1:\(upstream.port)/v1", trusted, folder)
        defer { proxy.kill() }
        let client = try await ask(proxy, [], folder)
        #expect(try await client.exitCode() == 0)
        #expect(String(decoding: client.output, as: UTF8.self).contains("upstream_unreachable"))
        try await eventually { proxy.errors.contains(words) }
        #expect(proxy.errors.contains(words))
        #expect(upstream.request == "")
      }
    }
  }

  @Test func anUpstreamThatIsNotThereIsTold() async throws {
    try await withTemporaryFolder { folder in
      let certificate = try await Certificate(for: "127.0.0.1", folder: folder)
      for place in ["127.0.0.1:\(try portForLater())", "no-such-host.invalid"] {
        let proxy = try startProxy("https://\(place)/v1", certificate, folder)
        defer { proxy.kill() }
        let client = try await ask(proxy, [], folder)
        #expect(try await client.exitCode() == 0)
        #expect(String(decoding: client.output, as: UTF8.self).contains("upstream_unreachable"))
        try await eventually { proxy.errors.contains("to \(place): ") }
        #expect(proxy.errors.contains("to \(place): "))
      }
    }
  }

  /// A server that takes the connection and says nothing in the handshake is one that takes too long to
  /// connect: connection and handshake together have `CONNECT_TIMEOUT`.
  @Test func aHandshakeWithoutEndIsAConnectTimeout() async throws {
    try await withTemporaryFolder { folder in
      let certificate = try await Certificate(for: "127.0.0.1", folder: folder)
      // The kernel takes connections for it; nobody reads.
      let silent = try Socket.listening(host: "127.0.0.1", port: 0)
      defer { silent.close() }
      let port = silent.localPort
      let proxy = try startProxy(
        "https://127.0.0.1:\(port)/v1", certificate, folder, ["CONNECT_TIMEOUT": "1"])
      defer { proxy.kill() }
      let client = try await ask(proxy, ["-w", "%{http_code}"], folder)
      #expect(try await client.exitCode() == 0)
      let text = String(decoding: client.output, as: UTF8.self)
      #expect(text.contains("upstream_connect_timeout"))
      #expect(text.hasSuffix("504"))
    }
  }

  @Test func theRecorderWritesDownWhatPassed() async throws {
    try await withTemporaryFolder { folder in
      let certificate = try await Certificate(for: "127.0.0.1", folder: folder)
      for isCut in [false, true] {
        let upstream = try await SecureUpstream(certificate, folder: folder)
        defer { upstream.process.kill() }
        let out = "\(folder)/out-\(isCut)"
        let recorder = try ChildProcess(
          try #require(Programs.replay),
          [
            "record", "--upstream", "https://127.0.0.1:\(upstream.port)/v1", "--out", out,
            "--ca", certificate.path,
          ], folder: folder)
        defer { recorder.kill() }
        let client = try await ask(recorder, [], folder)
        try #require(try await upstream.hasRequest(endingWith: question))
        upstream.send(Self.chunkedHead)
        for number in 0..<3 {
          upstream.send(chunk("data: \(number)\n\n"))
          try #require(try await eventually { client.output.count == 9 * (number + 1) })
        }
        if isCut { upstream.cut() } else { upstream.send("0\r\n\r\n") }
        #expect(try await client.exitCode() == (isCut ? 56 : 0))
        recorder.terminate()
        #expect(try await recorder.exitCode() == 0)
        let recording = try #require(try recordingFiles(at: [out]).first?.recording)
        #expect(recording.tls?.version == "TLSv1.3")
        #expect(recording.tls?.cipher.isEmpty == false)
        let session = recording.session
        #expect(session.body == Array("data: 0\n\ndata: 1\n\ndata: 2\n\n".utf8))
        #expect(session.fragments.map(\.end).filter { $0 > 0 } == [9, 18, 27])
        #expect(session.ending == (isCut ? .reset : .complete))
        #expect(session.request.body == Array(question.utf8))
      }
    }
  }
}

private let question = #"{"model":"qwen-plus","messages":[],"stream":true}"#

private func chunk(_ text: String) -> String {
  "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
}

private func startProxy(
  _ upstream: String, _ certificate: Certificate, _ folder: String, _ more: [String: String] = [:]
) throws -> ChildProcess {
  try ChildProcess(
    try #require(Programs.replay), ["proxy"],
    environment: [
      "DASHSCOPE_API_KEY": "sk-of-the-test", "QWEN_BASE_URL": upstream,
      "SSL_CERT_FILE": certificate.path,
    ].merging(more) { $1 }, folder: folder)
}

/// Lets curl ask a server that has just been started.
private func ask(
  _ server: ChildProcess, _ words: [String], _ folder: String
) async throws -> ChildProcess {
  let url = try #require(
    try await server.firstLine()?.split(separator: " ").last, "\(server.errors)")
  return try ChildProcess(
    try #require(Programs.curl),
    [
      "-sN", "--max-time", "\(patienceMax)", "\(url)/chat/completions", "-H",
      "Content-Type: application/json", "-d", question,
    ] + words, folder: folder)
}

/// Runs `body` with an https upstream that has got the request of a client behind a proxy.
private func withProxy(
  curlWords: [String] = [],
  _ body: (
    _ upstream: SecureUpstream, _ proxy: ChildProcess, _ client: ChildProcess, _ folder: String
  ) async throws -> Void
) async throws {
  try await withTemporaryFolder { folder in
    let certificate = try await Certificate(for: "127.0.0.1", folder: folder)
    let upstream = try await SecureUpstream(certificate, folder: folder)
    defer { upstream.process.kill() }
    let proxy = try startProxy("https://127.0.0.1:\(upstream.port)/v1", certificate, folder)
    defer { proxy.kill() }
    let client = try await ask(proxy, curlWords, folder)
    defer { client.kill() }
    try #require(try await upstream.hasRequest(endingWith: question), "\(proxy.errors)")
    try await body(upstream, proxy, client, folder)
    proxy.terminate()
    #expect(try await proxy.exitCode() == 0)
  }
}
