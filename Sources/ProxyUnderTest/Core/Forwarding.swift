// What passes through the proxy besides bodies: the request as it goes upstream, and which field
// lines pass in either direction (RFC 9110 section 7.6).

internal import Wire

extension Exchange {
  /// The request as it goes upstream: the client's body and end-to-end fields, the proxy's key.
  mutating func sendRequest(at now: Milliseconds, into outputs: inout [Output]) {
    guard let request, case .upstream(let endpoint) = route else { return }
    var fields = Fields([Field("Host", credential.upstream.authority)])
    fields.list += endToEndFields(request.fields, without: fieldsNotSentUpstream)
      .filter { !isCredential($0.name) }
    fields.add("Authorization", "Bearer \(credential.key.text)")
    fields.add("Accept-Encoding", "identity")
    // RFC 9110 section 7.6.3 requires this of a gateway for requests; for answers it is optional.
    fields.add("Via", "\(request.version.rawValue.dropFirst("HTTP/".count)) replay")
    if route.takesBody { fields.add("Content-Length", String(requestBody.count)) }
    if !settings.keepsUpstreams { fields.add("Connection", "close") }
    let query = withoutCredentials(parts(of: request.target).query)
    let head = RequestHead(
      method: request.method, target: credential.upstream.path + endpoint.rawValue + query,
      fields: fields)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(requestBody.count + 1024)
    head.write(into: &bytes)
    bytes += requestBody
    outputs.append(.upstream(bytes))
    phase = .answer
    deadlines.wait = now + settings.limits.firstByteTimeMax
  }
}

/// Fields of a client that are not passed on: those that the proxy writes itself. Credentials are
/// recognized by the words of their names, see `isCredential`.
private let fieldsNotSentUpstream: FieldNames = [
  "Host", "Authorization", "Content-Length", "Accept-Encoding", "Expect",
]

/// Fields of the upstream that are not passed on: its credentials, and those that the proxy writes
/// itself.
let fieldsNotSentToClient: FieldNames = [
  "Set-Cookie", "Set-Cookie2", "Authorization", "X-API-Key", "Cookie", "Authentication-Info",
  "Content-Length", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials",
  "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age",
  "Access-Control-Expose-Headers",
]

/// The field lines that pass beyond this connection (RFC 9110 section 7.6.1), in order, without
/// those with one of the names in `others`.
///
/// Programs behind a gateway often read `_` in a name as `-` (RFC 3875 section 4.1.18), so a name
/// with `_` also counts as the same name with `-`.
func endToEndFields(_ fields: Fields, without others: FieldNames) -> [Field] {
  let options = FieldNames(fields.members("Connection"))
  func goesOn(_ field: Field) -> Bool {
    !hopByHopNames.contains(field) && !others.contains(field) && !options.contains(field)
  }
  return fields.list.filter { field in
    guard hasUnderscore(field.name) else { return goesOn(field) }
    let other = Field(field.name.replacing("_", with: "-"), field.value)
    return !options.contains(field) && goesOn(other)
  }
}

private func hasUnderscore(_ name: String) -> Bool {
  let bytes = name.utf8Span.span
  for index in bytes.indices where bytes[index] == UInt8(ascii: "_") { return true }
  return false
}

/// The names of the fields that are for one connection only.
private let hopByHopNames: FieldNames = [
  "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
  "Proxy-Authentication-Info", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
]
