// An https upstream that says what a test tells it to: openssl's own server, whose input is the answer
// and whose output is the request, byte by byte. It serves one connection and ends with it.

import Dispatch
import Foundation
import Sockets
import TestSupport
import Testing

/// A server for one TLS connection.
struct SecureUpstream {
  let process: ChildProcess
  let port: Int
  private let input: Pipe

  /// Starts the server; anew when somebody else has taken the port that was free a moment ago.
  init(_ certificate: Certificate, folder: String) async throws {
    var errors = ""
    for _ in 0..<4 {
      let port = try portForLater()
      let input = Pipe()
      let process = try ChildProcess(
        try #require(Programs.openssl),
        [
          "s_server", "-quiet", "-accept", "127.0.0.1:\(port)", "-naccept", "1",
          "-cert", certificate.path, "-key", certificate.keyPath,
        ], folder: folder, input: input)
      _ = try await eventually { isListening(port) || !process.isRunning }
      if process.isRunning {
        (self.process, self.port, self.input) = (process, port, input)
        return
      }
      process.kill()
      errors = process.errors
    }
    throw NotListening(errors: errors)
  }

  /// Sends bytes of the answer.
  func send(_ text: String) {
    let done = DispatchSemaphore(value: 0)
    write(Array(text.utf8)) { done.signal() }
    done.wait()
  }

  /// Sends much, without waiting: the pipe takes only so much at once.
  func sendInBackground(_ bytes: [UInt8]) { write(bytes) {} }

  /// Writes on a thread of its own: the server may go before it has all, and the signal that a write
  /// gives then is not for this process.
  private func write(_ bytes: [UInt8], then report: @escaping @Sendable () -> Void) {
    let handle = input.fileHandleForWriting
    Thread.detachNewThread {
      var signals = sigset_t()
      _ = unsafe sigemptyset(&signals)
      _ = unsafe sigaddset(&signals, SIGPIPE)
      _ = unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
      try? handle.write(contentsOf: Data(bytes))
      report()
    }
  }

  /// The request so far.
  var request: String { String(decoding: process.output, as: UTF8.self) }

  /// Waits until the request is there up to `end`.
  func hasRequest(endingWith end: String) async throws -> Bool {
    try await eventually { request.hasSuffix(end) }
  }

  /// Dies without a word: the connection ends without the close of TLS.
  func cut() { process.kill() }
}

/// The server never listened.
private struct NotListening: Error { var errors: String }

/// Whether somebody listens on a port of this machine, as the kernel lists it.
private func isListening(_ port: Int) -> Bool {
  let table = (try? String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)) ?? ""
  let hexadecimal = String(port, radix: 16, uppercase: true)
  let digits = String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
  return table.contains(":\(digits) 00000000:0000 0A")
}

/// A certificate that nobody has signed but its own key.
struct Certificate: Hashable {
  let path: String
  let keyPath: String

  /// Makes one for a host name or address.
  init(for host: String, folder: String) async throws {
    path = "\(folder)/\(host).pem"
    keyPath = "\(folder)/\(host).key"
    let kind = host.allSatisfy { $0.isNumber || $0 == "." } ? "IP" : "DNS"
    let process = try ChildProcess(
      try #require(Programs.openssl),
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", keyPath, "-out", path, "-days", "2", "-subj", "/CN=test of replay",
        "-addext", "subjectAltName=\(kind):\(host)",
      ], folder: folder)
    try #require(try await process.exitCode() == 0, "\(process.errors)")
  }
}
