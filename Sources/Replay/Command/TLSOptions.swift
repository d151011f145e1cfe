// The options for https, where they need files: the CA for upstreams, and the certificate of a server.

internal import Foundation
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

extension Arguments {
  /// Takes `--ca`, and reads the proxies for https from the environment. Throws `UsageError`.
  mutating func tlsSettings(_ environment: [String: String]) throws -> TLSSettings {
    var settings = TLSSettings()
    if let file = try option("--ca") {
      guard let data = FileManager.default.contents(atPath: file) else {
        throw UsageError("--ca \(file): the file cannot be read")
      }
      settings.trusted = Array(data)
    }
    do throws(TLSError) {
      settings.proxies = try OutwardProxies(environment: environment)
    } catch {
      throw UsageError(error.description)
    }
    return settings
  }

  /// Takes the file of a certificate and the file of its key; nil when neither is given. Throws
  /// `UsageError`.
  mutating func identity(_ certificateOption: String, _ keyOption: String) throws -> TLSIdentity? {
    switch (try option(certificateOption), try option(keyOption)) {
    case (nil, nil): return nil
    case (let certificate?, let key?):
      do throws(TLSError) {
        return try TLSIdentity(certificateFile: certificate, keyFile: key)
      } catch {
        throw UsageError(error.description)
      }
    case (_?, nil): throw UsageError("\(certificateOption) needs \(keyOption) too")
    case (nil, _?): throw UsageError("\(keyOption) needs \(certificateOption) too")
    }
  }
}

extension TLSSettings {
  /// Checks that an upstream can be reached in principle, so that what is missing is reported at the
  /// start and not to the first client. Throws `UsageError`.
  func expect(_ upstream: BaseURL) throws {
    guard upstream.scheme == .https || trusted != nil else { return }
    do throws(TLSError) { try check() } catch { throw UsageError(error.description) }
  }
}

extension Arguments {
  /// Takes `--tls`, `--ca-out`, and `--cert` with its `--key` of a mock; nil when it serves plain HTTP.
  /// Throws `UsageError`.
  mutating func mockIdentity(on place: ListenPlace) throws -> TLSIdentity? {
    let isSecure = flag("--tls")
    let trustFile = try option("--ca-out")
    // Without a certificate, `--key` is the key that clients must send.
    if has("--cert") {
      guard trustFile == nil else {
        throw UsageError("--ca-out goes with a certificate made here, not with --cert")
      }
      return try identity("--cert", "--key")
    }
    guard isSecure else {
      guard trustFile == nil else { throw UsageError("--ca-out goes with --tls") }
      return nil
    }
    let made: TLSIdentity
    do throws(TLSError) {
      made = try TLSIdentity.made(for: place.host)
    } catch {
      throw UsageError(error.description)
    }
    if let trustFile {
      guard
        FileManager.default.createFile(
          atPath: trustFile, contents: Data((made.authority ?? "").utf8))
      else { throw UsageError("--ca-out \(trustFile): the file cannot be written") }
    }
    return made
  }
}
