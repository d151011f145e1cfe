// The judge's side of these tests: plain readers over whole buffers, slow, written from the
// standards. They share nothing with the code that they judge.

/// How many bytes of `stream` lie before the end of its last blank line (WHATWG HTML section 9.2.5:
/// one leading byte order mark is not text, a line ends with CRLF, LF or CR).
func plainBorder(_ stream: [UInt8]) -> Int {
  var index = stream.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  var border = 0
  var isBlank = true
  while index < stream.count {
    let byte = stream[index]
    index += 1
    guard byte == 0x0A || byte == 0x0D else {
      isBlank = false
      continue
    }
    if byte == 0x0D, index < stream.count, stream[index] == 0x0A { index += 1 }
    if isBlank { border = index }
    isBlank = true
  }
  return border
}

/// `stream` with the line ends that its last block lacks.
func plainCompletion(_ stream: [UInt8]) -> [UInt8] {
  guard plainBorder(stream) < stream.count else { return stream }
  return stream + (stream.last == 0x0A ? [0x0A] : [0x0A, 0x0A])
}

/// A response as a client reads it (RFC 9112).
struct PlainResponse: Equatable {
  enum End: Equatable {
    /// The body is whole by its framing.
    case complete
    /// The bytes end where more must come: between two chunks, or inside a length.
    case cut
    /// Only the close of the connection can end it.
    case untilClose
  }

  var status: Int
  /// The field lines, `Name: value`, in order.
  var fields: [String]
  var body: [UInt8] = []
  var end = End.complete

  /// The values of all fields with this name.
  func values(_ name: String) -> [String] {
    fields.filter { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
      .map { String($0.dropFirst(name.count + 2)) }
  }
}

extension [PlainResponse] {
  /// The responses without the two fields that tell browsers that any page may read them; nil when one
  /// of them has not exactly these.
  var openToPages: [PlainResponse]? {
    let lines = ["Access-Control-Allow-Origin: *", "Access-Control-Expose-Headers: *"]
    guard allSatisfy({ $0.fields.filter { $0.hasPrefix("Access-Control-") } == lines }) else {
      return nil
    }
    return map { response in
      var plain = response
      plain.fields.removeAll { lines.contains($0) }
      return plain
    }
  }
}

/// All responses in `bytes`, or nil when something in them is not a response: a bad line, half a
/// chunk, both framings. With `toHEAD` no final response has a body.
func plainResponses(_ bytes: [UInt8], toHEAD: Bool = false) -> [PlainResponse]? {
  var rest = bytes[...]
  var responses: [PlainResponse] = []
  while !rest.isEmpty {
    guard let response = plainResponse(&rest, toHEAD: toHEAD) else { return nil }
    responses.append(response)
  }
  return responses
}

private func plainResponse(_ rest: inout ArraySlice<UInt8>, toHEAD: Bool) -> PlainResponse? {
  guard let start = plainLine(&rest), start.hasPrefix("HTTP/1.1 "),
    let status = Int(start.dropFirst(9).prefix(3))
  else { return nil }
  var response = PlainResponse(status: status, fields: [])
  while true {
    guard let line = plainLine(&rest) else { return nil }
    if line.isEmpty { break }
    response.fields.append(line)
  }
  let lengths = response.values("Content-Length")
  let codings = response.values("Transfer-Encoding")
  guard lengths.count + codings.count <= 1 else { return nil }
  if toHEAD || status < 200 || status == 204 || status == 304 { return response }
  if codings == ["chunked"] { return plainChunks(&rest, &response) ? response : nil }
  guard codings.isEmpty else { return nil }
  let length = lengths.isEmpty ? rest.count : Int(lengths[0])
  guard let length else { return nil }
  response.body = Array(rest.prefix(length))
  response.end =
    lengths.isEmpty ? .untilClose : response.body.count == length ? .complete : .cut
  rest = rest.dropFirst(length)
  return response
}

/// Chunks without extensions and trailers, as this proxy writes them; false for anything else.
private func plainChunks(_ rest: inout ArraySlice<UInt8>, _ response: inout PlainResponse) -> Bool {
  while !rest.isEmpty {
    guard let line = plainLine(&rest), line.allSatisfy(\.isHexDigit),
      let size = Int(line, radix: 16), rest.count >= size + 2
    else { return false }
    response.body += rest.prefix(size)
    rest = rest.dropFirst(size)
    guard plainLine(&rest) == "" else { return false }
    if size == 0 { return true }
  }
  response.end = .cut
  return true
}

/// Takes a line and its CRLF from the front of `rest`.
private func plainLine(_ rest: inout ArraySlice<UInt8>) -> String? {
  var end = rest.startIndex
  while end + 1 < rest.endIndex, rest[end] != 0x0D || rest[end + 1] != 0x0A { end += 1 }
  guard end + 1 < rest.endIndex else { return nil }
  defer { rest = rest[(end + 2)...] }
  return String(decoding: rest[..<end], as: UTF8.self)
}
