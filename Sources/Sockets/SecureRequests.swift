// The requests that an owner writes on a connection, read back as values: https is spoken by
// URLSession, which takes requests and not bytes.

internal import Foundation
internal import Wire

#if canImport(FoundationNetworking)
  internal import FoundationNetworking
#endif

/// A whole request.
struct SecureRequest: Hashable, Sendable {
  var head: RequestHead
  var body: [UInt8]

  /// Whether the connection ends behind the answer (RFC 9112 section 9.3).
  var closes: Bool {
    head.version == .http10
      || head.fields.members("Connection").contains { $0.equalsIgnoringASCIICase("close") }
  }

  /// The request as URLSession takes it; nil when `origin` and target make no URL.
  func urlRequest(to origin: BaseURL) -> URLRequest? {
    let text = "https://\(origin.authority)\(escaped(head.target))"
    guard head.target.hasPrefix("/"), let url = URL(string: text), url.absoluteString == text else {
      return nil
    }
    var request = URLRequest(url: url)
    request.httpMethod = head.method
    request.httpShouldHandleCookies = false
    for field in head.fields.list
    where !Self.fieldsOfTheConnection.contains(field.name.lowercased()) {
      request.addValue(field.value, forHTTPHeaderField: field.name)
    }
    request.setValue("close", forHTTPHeaderField: "Connection")
    if !body.isEmpty { request.httpBody = Data(body) }
    return request
  }

  /// Fields that URLSession writes for itself, or that are for one connection only.
  private static let fieldsOfTheConnection: Set<String> = [
    "host", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "expect",
    "content-length", "proxy-connection", "proxy-authorization",
  ]
}

/// A request target with the bytes escaped that a URL may not hold (RFC 3986 section 2), and no others.
private func escaped(_ target: String) -> String {
  var result = ""
  for byte in target.utf8 {
    let isLegal = (0x21...0x7E).contains(byte) && !"\"<>\\^`{|}#".utf8.contains(byte)
    if isLegal {
      result.unicodeScalars.append(Unicode.Scalar(byte))
    } else {
      let digits = String(byte, radix: 16, uppercase: true)
      result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
    }
  }
  return result
}

/// Reads requests, one after the other, from bytes cut anywhere.
struct SecureRequestReader {
  private var headReader: RequestHeadReader
  private var head: RequestHead?
  private var bodyReader = BodyReader(.none)
  private var body: [UInt8] = []

  init() {
    var limits = Limits()
    // The owner has looked at these heads, and added to them.
    limits.headBytesMax = 512 * 1024
    limits.fieldsMax = 1_000
    headReader = RequestHeadReader(limits: limits)
  }

  /// Reads on; gives the request when its last byte was read, with `offset` behind it.
  mutating func read(
    _ bytes: [UInt8], at offset: inout Int
  ) throws(WireError) -> SecureRequest? {
    let span = bytes.span
    if head == nil {
      guard let head = try headReader.read(span, at: &offset) else { return nil }
      bodyReader = BodyReader(try BodyFraming.ofRequest(head))
      self.head = head
    }
    while let range = try bodyReader.read(span, at: &offset) {
      body.append(copying: span.extracting(range))
    }
    guard bodyReader.isComplete, let head else { return nil }
    defer {
      self.head = nil
      body = []
    }
    return SecureRequest(head: head, body: body)
  }
}
