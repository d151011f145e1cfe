// Message heads: a start line and fields (RFC 9112 section 2.1), and how they are written.

/// An HTTP version of major version 1 (RFC 9112 section 2.3).
package enum Version: String, Hashable, Sendable {
  case http10 = "HTTP/1.0"
  case http11 = "HTTP/1.1"
}

/// A request line and its fields (RFC 9112 section 3).
package struct RequestHead: Hashable, Sendable {
  /// The method as it was sent; methods are case-sensitive (RFC 9110 section 9.1).
  package var method: String
  /// The request target as it was sent, not decoded (RFC 9112 section 3.2).
  package var target: String
  package var version: Version
  package var fields: Fields

  package init(method: String, target: String, version: Version = .http11, fields: Fields = []) {
    self.method = method
    self.target = target
    self.version = version
    self.fields = fields
  }

  /// Appends the head as it goes on the wire, with the blank line that ends it.
  package func write(into bytes: inout [UInt8]) {
    bytes.append(contentsOf: method.utf8)
    bytes.append(0x20)
    bytes.append(contentsOf: target.utf8)
    bytes.append(0x20)
    bytes.append(contentsOf: version.rawValue.utf8)
    writeFields(fields, into: &bytes)
  }
}

/// A status line and its fields (RFC 9112 section 4).
package struct ResponseHead: Hashable, Sendable {
  package var version: Version
  /// The status code, 100 to 999.
  package var status: Int
  /// The reason phrase, perhaps empty.
  package var reason: String
  package var fields: Fields

  package init(
    version: Version = .http11, status: Int, reason: String? = nil, fields: Fields = []
  ) {
    self.version = version
    self.status = status
    self.reason = reason ?? standardReason(status)
    self.fields = fields
  }

  /// Appends the head as it goes on the wire, with the blank line that ends it.
  package func write(into bytes: inout [UInt8]) {
    bytes.append(contentsOf: version.rawValue.utf8)
    bytes.append(0x20)
    bytes.append(contentsOf: String(status).utf8)
    bytes.append(0x20)
    appendBytes(of: reason, to: &bytes)
    writeFields(fields, into: &bytes)
  }
}

/// The reason phrase of RFC 9110 section 15 for a status code; empty for a code that is not there.
package func standardReason(_ status: Int) -> String {
  switch status {
  case 100: "Continue"
  case 200: "OK"
  case 204: "No Content"
  case 400: "Bad Request"
  case 401: "Unauthorized"
  case 403: "Forbidden"
  case 404: "Not Found"
  case 405: "Method Not Allowed"
  case 408: "Request Timeout"
  case 413: "Content Too Large"
  case 429: "Too Many Requests"
  case 431: "Request Header Fields Too Large"
  case 500: "Internal Server Error"
  case 501: "Not Implemented"
  case 502: "Bad Gateway"
  case 503: "Service Unavailable"
  case 504: "Gateway Timeout"
  case 505: "HTTP Version Not Supported"
  default: ""
  }
}

/// Appends the CRLF after a start line, the field lines, and the blank line.
private func writeFields(_ fields: Fields, into bytes: inout [UInt8]) {
  bytes.append(0x0D)
  bytes.append(0x0A)
  writeFieldLines(fields, into: &bytes)
}

/// Appends the field lines and the blank line after them: the end of a head or of a trailer
/// section.
func writeFieldLines(_ fields: Fields, into bytes: inout [UInt8]) {
  for field in fields.list {
    bytes.append(contentsOf: field.name.utf8)
    bytes.append(0x3A)
    bytes.append(0x20)
    appendBytes(of: field.value, to: &bytes)
    bytes.append(0x0D)
    bytes.append(0x0A)
  }
  bytes.append(0x0D)
  bytes.append(0x0A)
}

/// Appends one byte for each scalar U+0000–U+00FF of `text`; a scalar above that is written as its
/// UTF-8 bytes.
func appendBytes(of text: String, to bytes: inout [UInt8]) {
  let span = text.utf8Span
  if span.isKnownASCII {
    bytes.append(copying: span.span)
    return
  }
  for scalar in text.unicodeScalars {
    if let byte = UInt8(exactly: scalar.value) {
      bytes.append(byte)
    } else {
      bytes.append(contentsOf: String(scalar).utf8)
    }
  }
}
