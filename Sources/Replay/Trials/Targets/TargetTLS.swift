// TLS around a target: how the mock uses it towards the target, and which certificates the client trusts
// when the target uses it towards the client. The mock's certificate is made in memory for each run, and
// a launched target is told its CA by the usual environment variables and `{ca}`.

internal import Foundation
internal import Sockets
internal import Terminal
internal import Wire

/// The TLS settings around a target.
package struct TargetTLS: Hashable, Sendable {
  /// Whether the mock uses TLS towards the target.
  package var isServed = false
  /// Where the CA of the mock's certificate is written; nil for a file that is removed after the run.
  package var authorityFile: String?
  /// A certificate for the mock instead of a generated one, and its key.
  package var certificateFile: String?
  package var keyFile: String?
  /// Certificates that the client trusts in addition to the system's.
  package var trustFile: String?
  /// Whether the client trusts any certificate; only for targets on this machine.
  package var isInsecure = false

  package init() {}

  /// Takes the TLS options of a target at `url`. Throws `UsageError`.
  init(_ arguments: inout Arguments, url: BaseURL?) throws {
    isServed = arguments.flag("--tls")
    authorityFile = try arguments.option("--ca-out")
    certificateFile = try arguments.option("--cert")
    keyFile = try arguments.option("--key")
    trustFile = try arguments.option("--ca")
    isInsecure = arguments.flag("--insecure")
    guard isServed || authorityFile == nil && certificateFile == nil && keyFile == nil else {
      throw UsageError("--ca-out, --cert and --key say how the mock speaks TLS: they need --tls")
    }
    guard (certificateFile == nil) == (keyFile == nil) else {
      throw UsageError("--cert and --key go together")
    }
    guard certificateFile == nil || authorityFile == nil else {
      throw UsageError("--ca-out goes with a certificate made here, not with --cert")
    }
    let isSecure = url?.scheme == .https
    guard isSecure || trustFile == nil && !isInsecure else {
      throw UsageError("--ca and --insecure are for a target with https: --target https://…")
    }
    if isInsecure, let host = url?.host, !Self.isLoopback(host) {
      throw UsageError(
        "--insecure is for targets on this machine (localhost, 127.0.0.1, ::1), not \(host); "
          + "--ca FILE trusts a certificate")
    }
  }

  /// Whether a host is this machine.
  private static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.") && isDottedQuad(host)
  }

  /// The options that need a target.
  static let optionNames = ["--tls", "--ca-out", "--cert", "--ca", "--insecure"]

  /// The options for these settings.
  var options: [(String, String?)] {
    [
      isServed ? ("--tls", nil) : nil, authorityFile.map { ("--ca-out", $0) },
      certificateFile.map { ("--cert", $0) }, keyFile.map { ("--key", $0) },
      trustFile.map { ("--ca", $0) }, isInsecure ? ("--insecure", nil) : nil,
    ].compactMap { $0 }
  }

  /// The mock's identity; nil when it does not use TLS. Throws `UsageError`.
  func identity(for host: String) throws -> TLSIdentity? {
    guard isServed else { return nil }
    do throws(TLSError) {
      if let certificateFile, let keyFile {
        return try TLSIdentity(certificateFile: certificateFile, keyFile: keyFile)
      }
      return try TLSIdentity.made(for: host)
    } catch { throw UsageError(error.description) }
  }

  /// Whom the client trusts. Throws `UsageError`.
  func clientSettings() throws -> TLSSettings {
    var settings = TLSSettings()
    settings.trustsAnyone = isInsecure
    guard let trustFile else { return settings }
    guard let data = FileManager.default.contents(atPath: trustFile) else {
      throw UsageError("--ca \(trustFile): the file cannot be read")
    }
    settings.trusted = Array(data)
    do throws(TLSError) { try settings.check() } catch { throw UsageError(error.description) }
    return settings
  }

  /// Writes the certificates that a target must trust into a file. Throws `UsageError`.
  func authority(of identity: TLSIdentity) throws -> AuthorityFile {
    guard let text = identity.authority else {
      return AuthorityFile(path: certificateFile ?? "", isTemporary: false)
    }
    let name = "replay-ca-\(UInt64.random(in: 0...UInt64.max)).pem"
    let path = authorityFile ?? FileManager.default.temporaryDirectory.path + "/" + name
    guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else {
      throw UsageError("the CA's certificate cannot be written to \(path)")
    }
    return AuthorityFile(path: path, isTemporary: authorityFile == nil)
  }
}

/// The file with the certificates that a target must trust.
struct AuthorityFile: Hashable, Sendable {
  let path: String
  let isTemporary: Bool

  /// Removes the file, if it belongs to the run.
  func remove() {
    if isTemporary { try? FileManager.default.removeItem(atPath: path) }
  }

  /// The variables that name a file of trusted certificates: for OpenSSL and Go, Node, Python's requests,
  /// curl.
  static let variables = [
    "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
  ]
}
