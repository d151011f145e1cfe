// Targets around which TLS is spoken: the mock speaks it to the target, which is told whom to trust, and
// the target speaks it to the client. Our own proxy keeps every byte wherever records end.

import Foundation
import Sockets
import TestSupport
import Testing

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"),
  .enabled(if: Programs.openssl != nil, "openssl is not installed"))
struct SecureTargetTests {
  static let recording = Fixtures.recordings + "/chat-english.jsonl"

  private func replay(
    _ words: [String], _ folder: String
  ) async throws -> (code: Int32?, text: String) {
    let run = try ChildProcess(
      try #require(Programs.replay), ["run", Self.recording, "--no-diagnosis"] + words,
      environment: ["PATH": "/usr/bin:/bin:/usr/local/bin"], folder: folder)
    let code = try await run.exitCode()
    return (code, String(decoding: run.output, as: UTF8.self) + run.errors)
  }

  private static func own(_ options: String) throws -> String {
    "exec '\(try #require(Programs.replay))' proxy \(options)"
  }

  /// The usual plans and those about records; every cut is known to have been made.
  @Test func ourOwnProxyReadsRecords() async throws {
    try await withTemporaryFolder { folder in
      let run = try await replay(
        [
          "--tls", "--launch", try Self.own(""), "--compare", "bytes", "--late-after", "5000",
        ], folder)
      #expect(run.code == 0, "\(run.text)")
      #expect(run.text.contains("reaches: bytes"))
    }
  }

  @Test func aTargetThatTrustsNobodyIsNoProxy() async throws {
    try await withTemporaryFolder { folder in
      let run = try await replay(
        [
          "--tls", "--launch", "unset SSL_CERT_FILE; \(try Self.own(""))", "--plan", "tls=events",
        ], folder)
      #expect(run.code == 2, "\(run.text)")
      #expect(run.text.contains("unknown CA"), "\(run.text)")
    }
  }

  @Test func theClientChecksTheTarget() async throws {
    try await withTemporaryFolder { folder in
      let certificate = try await Certificate(for: "127.0.0.1", folder: folder)
      for (trust, code, words) in [
        (["--ca", certificate.path], 0, "PASSED"), (["--insecure"], 0, "PASSED"),
        ([], 2, "self-signed"),
      ] {
        let url = "https://127.0.0.1:\(try portForLater())"
        let launch = try Self.own(
          "--ca {ca} --tls-cert '\(certificate.path)' --tls-key '\(certificate.keyPath)'")
        let run = try await replay(
          ["--tls", "--target", url, "--launch", launch, "--plan", "cuts=7x tls=events"] + trust,
          folder)
        #expect(run.code == Int32(code), "\(run.text)")
        #expect(run.text.contains(words), "\(run.text)")
      }
    }
  }

  static let wrong: [([String], String)] = [
    (["--launch", "x", "--ca-out", "f"], "they need --tls"),
    (["--launch", "x", "--tls", "--cert", "f"], "--cert and --key go together"),
    (["--launch", "x", "--tls", "--cert", "f", "--key", "f", "--ca-out", "f"], "not with --cert"),
    (["--launch", "x", "--insecure"], "--target https://"),
    (
      ["--target", "https://example.org", "--listen", "127.0.0.1:0", "--insecure"],
      "on this machine"
    ),
    (["--launch", "x", "--plan", "tls=events"], "that needs --tls"),
    (["--tls"], "name one with --target URL or --launch COMMAND"),
    (["--plan", "tls=99999"], "lies outside the response"),
    (["--plan", "handshake=rekey@99999"], "lies outside the response"),
    (["--plan", "handshake=dance@1"], "rekey@N or renegotiate@N"),
  ]

  @Test(arguments: wrong) func saysWhatIsWrong(_ words: [String], _ expected: String) async throws {
    try await withTemporaryFolder { folder in
      let run = try await replay(words, folder)
      #expect(run.code == 2, "\(run.text)")
      #expect(run.text.contains(expected), "\(run.text)")
    }
  }
}
