// The tunnel through an HTTP proxy, before TLS begins: the request, and the answer up to the end of
// its head. Every byte after the head comes from the upstream.

internal import Wire

/// A tunnel that is being opened.
struct ProxyTunnel {
  /// The request.
  let request: [UInt8]
  private var reader = ResponseHeadReader()

  init(request: [UInt8]) { self.request = request }

  /// Reads on; true once the tunnel is open, with `offset` after the answer's head.
  ///
  /// - Throws: `TLSError` when the proxy refuses, or does not speak HTTP.
  mutating func read(_ bytes: [UInt8], at offset: inout Int) throws(TLSError) -> Bool {
    while let head = try next(bytes, at: &offset) {
      if head.status < 200 { continue }
      guard head.status < 300 else {
        throw TLSError("the proxy answers CONNECT with \(head.status) \(head.reason)")
      }
      return true
    }
    return false
  }

  private mutating func next(
    _ bytes: [UInt8], at offset: inout Int
  ) throws(TLSError) -> ResponseHead? {
    do throws(WireError) {
      return try reader.read(bytes.span, at: &offset)
    } catch {
      throw TLSError("the proxy's answer is not HTTP/1.1: \(error)")
    }
  }
}
