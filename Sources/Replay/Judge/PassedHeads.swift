// The two heads that pass through the embedded proxy, line by line: a request as it must reach the
// upstream, and an answer as it must reach the client. What a foreign proxy may do to a head is in
// RequestComparison.swift and HeadComparison.swift; this one documents each line.

internal import MockQwen
package import Wire

/// The request of a stage's client, and the settings of the proxy.
package struct AskedHead: Hashable, Sendable {
  /// The client's fields, in order.
  package var fields: Fields
  /// The version without its name, `1.1`.
  package var version: String
  /// Host and port of the upstream, as a request names them.
  package var authority: String
  /// The key of the upstream.
  package var key: String
  /// The length of the body that goes upstream; nil when the route has none.
  package var bodyCount: Int?
  /// Whether the upstream's connection is kept for further requests.
  package var keepsUpstream: Bool
  /// The client's fields that are passed on, when they are written down; nil for the rule here.
  package var kept: [Field]?

  package init(
    fields: Fields, version: String, authority: String, key: String, bodyCount: Int?,
    keepsUpstream: Bool, kept: [Field]? = nil
  ) {
    self.fields = fields
    self.version = version
    self.authority = authority
    self.key = key
    self.bodyCount = bodyCount
    self.keepsUpstream = keepsUpstream
    self.kept = kept
  }

  /// The fields with which the request reaches the upstream.
  package var forwarded: [Field] {
    var lines = [Field("Host", authority)]
    lines += kept ?? endToEnd(fields, without: Self.ended)
    lines.append(Field("Authorization", "Bearer \(key)"))
    lines.append(Field("Accept-Encoding", "identity"))
    lines.append(Field("Via", "\(version) replay"))
    if let bodyCount { lines.append(Field("Content-Length", String(bodyCount))) }
    if !keepsUpstream { lines.append(Field("Connection", "close")) }
    return lines
  }

  /// Fields of a request that the proxy writes itself.
  private static let ended: Set<String> = [
    "host", "authorization", "x-api-key", "accept-encoding", "expect",
  ]
}

/// The fields that the embedded proxy takes for those of one connection: also those between a client and
/// its proxy, and `HTTP2-Settings` only where `Connection` names it, as it must (RFC 9110 section 7.6.1).
private let ofOneConnection = KnownFields.hopByHop.subtracting(["http2-settings"]).union([
  "proxy-authenticate", "proxy-authorization", "proxy-authentication-info",
])

/// The fields that pass beyond a connection, without those with one of the names in `ended`. Some
/// programs read a `_` in a name as `-`: such a field passes only if both names would.
private func endToEnd(_ fields: Fields, without ended: Set<String>) -> [Field] {
  let named = Set(fields.members("Connection").map { $0.lowercased() })
  return fields.list.filter { field in
    let name = field.name.lowercased()
    func goesOn(_ name: String) -> Bool {
      !ofOneConnection.contains(name) && !ended.contains(name) && !named.contains(name)
    }
    let hasUnderscore = name.utf8.contains(UInt8(ascii: "_"))
    return goesOn(name) && (!hasUnderscore || goesOn(name.replacing("_", with: "-")))
  }
}

/// The first line in which two heads differ, in words; nil when they are equal.
package func headDifference(_ seen: [Field], _ wanted: [Field]) -> String? {
  guard seen != wanted else { return nil }
  for (index, line) in wanted.enumerated() where index >= seen.count || seen[index] != line {
    let came = index < seen.count ? "'\(seen[index].name): \(seen[index].value)'" : "the end"
    return "\(came) stands where '\(line.name): \(line.value)' is due"
  }
  let more = seen[wanted.count]
  return "'\(more.name): \(more.value)' was added"
}

/// An answer's head as it must reach the client of the embedded proxy.
enum PassedAnswer {
  /// Fields of the upstream that are not passed on, besides those for one connection: its credentials,
  /// and those that the proxy writes itself.
  private static let ended: Set<String> = [
    "set-cookie", "set-cookie2", "authorization", "x-api-key", "cookie", "authentication-info",
    "access-control-allow-origin", "access-control-allow-credentials",
    "access-control-allow-methods", "access-control-allow-headers", "access-control-max-age",
    "access-control-expose-headers",
  ]
  /// What tells browsers that any page may read the answer.
  static let crossOrigin = [
    Field("Access-Control-Allow-Origin", "*"), Field("Access-Control-Expose-Headers", "*"),
  ]

  /// The upstream's fields that are passed on.
  static func kept(_ fields: Fields) -> [Field] {
    endToEnd(fields, without: ended).map { Field($0.name, trimmingBlanks($0.value)) }
  }

  /// The head of an answer with these kept fields, without `Connection`.
  static func lines(_ kept: [Field], isEventStream: Bool, framing: Field?) -> [Field] {
    var lines = kept
    lines += crossOrigin
    if isEventStream {
      set("Cache-Control", "no-cache, no-transform", in: &lines)
      set("X-Accel-Buffering", "no", in: &lines)
    }
    if let framing { lines.append(framing) }
    return lines
  }

  /// Gives the first line of this name a value, and removes all others. Not by `Fields.set`, which the
  /// proxy uses: the judge must notice when that is wrong.
  static func set(_ name: String, _ value: String, in lines: inout [Field]) {
    let wanted = name.lowercased()
    var isThere = false
    lines = lines.compactMap { line in
      guard line.name.lowercased() == wanted else { return line }
      defer { isThere = true }
      return isThere ? nil : Field(line.name, value)
    }
    if !isThere { lines.append(Field(name, value)) }
  }
}
