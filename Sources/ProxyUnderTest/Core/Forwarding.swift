// What passes through the proxy besides bodies: the request as it goes upstream, and which field lines
// go on in either direction (RFC 9110 section 7.6).

internal import Wire

extension Exchange {
  /// The request as it goes upstream: the client's body and end-to-end fields, the proxy's key.
  mutating func sendRequest(at now: Milliseconds, into outputs: inout [Output]) {
    guard let request, case .upstream(let endpoint) = route else { return }
    var fields = Fields([Field("Host", credential.upstream.authority)])
    fields.list += endToEndFields(request.fields, without: fieldsNotSentUpstream)
    fields.add("Authorization", "Bearer \(credential.key.text)")
    fields.add("Accept-Encoding", "identity")
    // RFC 9110 section 7.6.3 asks this of a gateway for requests; answers need none.
    fields.add("Via", "\(request.version.rawValue.dropFirst("HTTP/".count)) replay")
    if route.takesBody { fields.add("Content-Length", String(requestBody.count)) }
    if !settings.keepsUpstreams { fields.add("Connection", "close") }
    let head = RequestHead(
      method: request.method, target: credential.upstream.path + endpoint.rawValue, fields: fields)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(requestBody.count + 1024)
    head.write(into: &bytes)
    bytes += requestBody
    outputs.append(.upstream(bytes))
    phase = .answer
    alarms.wait = now + settings.limits.firstByteTimeMax
  }
}

/// Fields of a client that end here: its credentials, and what the proxy says for itself.
private let fieldsNotSentUpstream: FieldNames = [
  "Host", "Authorization", "X-API-Key", "Cookie", "Content-Length", "Accept-Encoding", "Expect",
]

/// Fields of the upstream that end here: its credentials, and what the proxy says for itself.
let fieldsNotSentToClient: FieldNames = [
  "Set-Cookie", "Set-Cookie2", "Authorization", "X-API-Key", "Cookie", "Authentication-Info",
  "Content-Length", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials",
  "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age",
  "Access-Control-Expose-Headers",
]

/// The field lines that go on behind this connection (RFC 9110 section 7.6.1), in order, but for
/// those with one of the names in `others`.
func endToEndFields(_ fields: Fields, without others: FieldNames) -> [Field] {
  let options = FieldNames(fields.members("Connection"))
  return fields.list.filter {
    !hopByHopNames.contains($0) && !others.contains($0) && !options.contains($0)
  }
}

/// The names of the fields that are for one connection only.
private let hopByHopNames: FieldNames = [
  "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
  "Proxy-Authentication-Info", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
]

/// A set of field names. Most names are told from all of these by their length alone.
struct FieldNames: ExpressibleByArrayLiteral {
  private let names: [String]
  /// Bit n is set when a name has n bytes; bit 63 stands for 63 and more.
  private let lengths: UInt64

  init(_ names: [String]) {
    self.names = names
    lengths = names.reduce(0) { $0 | Self.bit(of: $1) }
  }

  init(arrayLiteral elements: String...) { self.init(elements) }

  /// Whether `field` has one of these names, case-insensitively in ASCII.
  func contains(_ field: Field) -> Bool {
    guard lengths & Self.bit(of: field.name) != 0 else { return false }
    for index in names.indices where field.isNamed(names[index]) { return true }
    return false
  }

  private static func bit(of name: String) -> UInt64 { 1 << min(name.utf8.count, 63) }
}
