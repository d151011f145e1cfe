// A slow reader of a whole response, written from RFC 9112 for the tests alone: where each byte of
// the body lies on the wire, and whether the response has its end.

/// What a response holds by its framing.
struct PlainResponse: Equatable {
  /// The response head with its blank line.
  var head = ""
  /// The offset of every body byte in the response.
  var places: [Int] = []
  var body: [UInt8] = []
  /// The data of each chunk before the last one.
  var chunkSizes: [Int] = []
  var sizeLines: [String] = []
  var trailers: [String] = []
  /// Whether the last chunk and its blank line are there, or all bytes of the length.
  var hasEnd = false

  /// Reads all of `bytes`; nil when they break the grammar.
  init?(_ bytes: [UInt8]) {
    var rest = PlainLines(bytes)
    while true {
      guard let line = rest.next() else { return nil }
      head += line + "\r\n"
      if line.isEmpty { break }
    }
    if head.contains("Transfer-Encoding: chunked\r\n") {
      guard readChunks(&rest) else { return nil }
    } else {
      places = Array(rest.offset..<bytes.count)
      let name = "Content-Length: "
      let field = head.split(separator: "\r\n").first { $0.hasPrefix(name) }
      hasEnd = field.map { Int($0.dropFirst(name.count)) } == places.count
    }
    body = places.map { bytes[$0] }
  }

  private mutating func readChunks(_ rest: inout PlainLines) -> Bool {
    while !rest.isAtEnd {
      guard let line = rest.next(),
        let size = Int(line.prefix { $0 != ";" }, radix: 16), !line.hasPrefix("+")
      else { return false }
      sizeLines.append(line)
      guard size > 0 else {
        while let trailer = rest.next() {
          if trailer.isEmpty {
            hasEnd = rest.isAtEnd
            return hasEnd
          }
          trailers.append(trailer)
        }
        return false
      }
      chunkSizes.append(size)
      guard rest.offset + size <= rest.bytes.count else { return false }
      places += Array(rest.offset..<rest.offset + size)
      rest.offset += size
      guard rest.next() == "" else { return false }
    }
    return true
  }
}

/// Lines that end with CRLF.
private struct PlainLines {
  let bytes: [UInt8]
  var offset = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { offset == bytes.count }

  mutating func next() -> String? {
    var end = offset
    while end + 1 < bytes.count {
      if bytes[end] == 0x0D, bytes[end + 1] == 0x0A {
        defer { offset = end + 2 }
        return text(bytes[offset..<end])
      }
      end += 1
    }
    return nil
  }
}
