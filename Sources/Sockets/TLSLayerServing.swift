// What only a mock does with the TLS layer of a connection.

internal import Networks

extension TLSLayer {
  /// Limits the coming handshake to TLS 1.2.
  func keepToTLS12() {
    _ = unsafe library.control(pointer, Self.setMostVersion, TLSContext.version12, nil)
  }

  /// Sends a handshake message after the bytes so far; one that the version does not have is not
  /// sent.
  func send(_ message: PostHandshakeMessage) {
    guard isOpen else { return }
    library.clearErrors()
    switch message {
    case .keyUpdate: _ = unsafe library.updateKey(pointer, Self.updateNotRequested)
    case .helloRequest:
      _ = unsafe library.clearOptions(pointer, TLSContext.noRenegotiation)
      guard unsafe library.renegotiate(pointer) == 1 else { break }
      // A refusal by the peer would end the connection on this side (OpenSSL assumes that a request
      // for renegotiation has a reason), and no more bytes are needed from it.
      isDeaf = true
    }
    _ = unsafe library.handshake(pointer)
    library.clearErrors()
  }

  /// Makes the library end the connection with a fatal alert. There is no call for that, but a
  /// record that was tampered with has this effect.
  func breakOff(_ scratch: inout [UInt8]) {
    let forged: [UInt8] = [23, 3, 3, 0, 32] + [UInt8](repeating: 0, count: 32)
    _ = unsafe forged.withUnsafeBytes {
      unsafe library.writeBuffer(input, $0.baseAddress, Int32($0.count))
    }
    library.clearErrors()
    _ = unsafe scratch.withUnsafeMutableBytes {
      unsafe library.read(pointer, $0.baseAddress, Int32($0.count))
    }
    library.clearErrors()
    isDeaf = true
  }

  // Constants of the header openssl/ssl.h.
  private static let setMostVersion: Int32 = 124
  private static let updateNotRequested: Int32 = 0
}
