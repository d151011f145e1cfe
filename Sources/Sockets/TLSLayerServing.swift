// What only a mock does with the layer of a connection.

internal import Networks

extension TLSLayer {
  /// Keeps the handshake to come to TLS 1.2.
  func keepToTLS12() {
    _ = unsafe library.control(pointer, Self.setMostVersion, TLSContext.version12, nil)
  }

  /// Says something of the handshake behind what was sent; what the version does not know is not said.
  func send(_ message: PostHandshakeMessage) {
    guard isOpen else { return }
    library.clearErrors()
    switch message {
    case .keyUpdate: _ = unsafe library.updateKey(pointer, Self.updateNotRequested)
    case .helloRequest:
      _ = unsafe library.clearOptions(pointer, TLSContext.noRenegotiation)
      guard unsafe library.renegotiate(pointer) == 1 else { break }
      // The peer's refusal would end the connection on this side (OpenSSL thinks that whoever asks has
      // a reason), and nothing else is to come from it.
      isDeaf = true
    }
    _ = unsafe library.handshake(pointer)
    library.clearErrors()
  }

  /// Lets the library end the connection with a fatal alert. It has no call for that, but it answers so
  /// to a record that was tampered with.
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

  // Numbers of the headers openssl/ssl.h.
  private static let setMostVersion: Int32 = 124
  private static let updateNotRequested: Int32 = 0
}
