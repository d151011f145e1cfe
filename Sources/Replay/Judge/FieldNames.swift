// The field names that the judge has rules for (RFC 9110, RFC 9111, and what model gateways send). All
// names are in lower case.

package import Wire

/// Sets of field names, in lower case.
enum KnownFields {
  /// For one connection only (RFC 9110 section 7.6.1), or about the framing of a message.
  static let hopByHop: Set<String> = [
    "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization",
    "te", "trailer", "transfer-encoding", "upgrade", "content-length", "http2-settings",
  ]
  /// Fields of a request that an intermediary adds, edits or answers itself.
  static let ownOfRequest: Set<String> = [
    "host", "authorization", "accept-encoding", "via", "forwarded", "x-forwarded-for",
    "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-real-ip", "expect",
    "max-forwards", "user-agent", "cookie",
  ]
  /// Fields of a response that an intermediary writes itself, or may remove. Cache-Control and
  /// Content-Encoding have rules of their own.
  static let ownOfResponse: Set<String> = [
    "date", "server", "via", "age", "alt-svc", "cache-control", "content-encoding", "content-type",
    "set-cookie", "strict-transport-security", "vary", "accept-ranges", "x-powered-by",
    "access-control-allow-origin", "access-control-allow-credentials",
    "access-control-allow-methods", "access-control-allow-headers", "access-control-max-age",
    "access-control-expose-headers", "pragma", "expires", "etag",
  ]
  /// Fields that clients of a model act on: when to come again, how much is left, where to go.
  static let actedOn: Set<String> = [
    "retry-after", "retry-after-ms", "x-should-retry", "ratelimit", "ratelimit-policy", "location",
    "www-authenticate", "allow",
  ]
  /// Fields that a response may have once; a client that finds two must guess.
  static let single: Set<String> = [
    "content-type", "content-length", "content-range", "location", "retry-after", "date", "etag",
    "last-modified", "expires", "age", "content-location",
    "access-control-allow-origin", "access-control-allow-credentials", "access-control-max-age",
    "x-accel-buffering", "x-request-id",
  ]

  /// Whether clients act on a response's field; `name` is in lower case.
  static func isActedOn(_ name: String) -> Bool {
    actedOn.contains(name) || name.hasPrefix("ratelimit-")
      || ["-ratelimit", "rate-limit"].contains { name.contains($0) }
  }

  /// Whether a model's upstream acts on a request's field; `name` is in lower case.
  static func isForModel(_ name: String) -> Bool {
    ["x-dashscope-", "openai-", "anthropic-"].contains { name.hasPrefix($0) }
      || name == "idempotency-key" || name == "content-type" || name == "content-encoding"
  }

  /// Whether a request's field that the client did not send changes the request for a model's upstream;
  /// `name` is in lower case. A body must have a type, and an idempotency key does not change the
  /// request.
  static func isAddedForModel(_ name: String) -> Bool {
    isForModel(name) && name != "content-type" && name != "idempotency-key"
  }

  /// Whether a field may hold a secret for the gateway itself; `name` is in lower case.
  static func mayBeSecret(_ name: String) -> Bool {
    ["auth", "key", "token", "cookie", "secret"].contains { name.contains($0) }
      && name != "idempotency-key"
  }
}

extension Fields {
  /// The names of all fields, in lower case, each once, in order.
  var lowercasedNames: [String] {
    var seen: Set<String> = []
    return list.map { $0.name.lowercased() }.filter { seen.insert($0).inserted }
  }

  /// The names of fields for this connection only: those defined by the standard, and those that
  /// `Connection` lists.
  var connectionNames: Set<String> {
    KnownFields.hopByHop.union(members("Connection").map { $0.lowercased() })
  }

  /// The essence of the content type: without parameters, in lower case; empty when there is none.
  package var mediaType: String { Judging.mediaType(self["Content-Type"] ?? "") }
}

/// The charset of a content type, in lower case; UTF-8 when none is named, as in JSON (RFC 8259 section
/// 8.1) and in event streams (WHATWG HTML section 9.2).
func charset(_ value: String) -> String {
  for parameter in value.split(separator: ";").dropFirst() {
    let parts = parameter.split(separator: "=", maxSplits: 1).map(trimmingBlanks)
    guard parts.count == 2, parts[0].lowercased() == "charset" else { continue }
    let name = parts[1].filter { $0 != "\"" }.lowercased()
    return name == "utf8" ? "utf-8" : name
  }
  return "utf-8"
}

/// The essence of a content type: without parameters, in lower case (RFC 9110 section 8.3.1).
package func mediaType(_ value: String) -> String {
  trimmingBlanks(value.prefix { $0 != ";" }).lowercased()
}
