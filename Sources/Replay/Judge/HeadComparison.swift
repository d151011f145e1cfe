// The response head, field by field: status, content type, coding, fields that may occur only once,
// fields that clients act on, caching, and fields for one connection only. What a proxy adds and may add
// is not a fault.

package import Wire

/// The upstream's head, and how much of it a client must get.
package struct HeadComparison: Hashable, Sendable {
  /// Which fields of the upstream a client must get.
  package enum FieldRule: Hashable, Sendable {
    /// Every end-to-end field except those that intermediaries write themselves.
    case every
    /// Those that clients act on.
    case actedOn
  }

  /// The upstream's fields as they were sent, its connection fields included.
  package var sent: Fields
  /// The upstream's status.
  package var status: Int
  /// The upstream's body, as much of it as was sent.
  package var body: [UInt8]
  /// Whether the body arrives little by little.
  package var isStream: Bool
  package var rule = FieldRule.every

  package init(
    sent: Fields, status: Int, body: [UInt8], isStream: Bool, rule: FieldRule = .every
  ) {
    self.sent = sent
    self.status = status
    self.body = body
    self.isStream = isStream
    self.rule = rule
  }

  /// What is wrong with a head and the body after it, in clauses; empty when both are right.
  package func faults(status seenStatus: Int, _ fields: Fields, body seenBody: [UInt8]) -> [String]
  {
    guard seenStatus == status else {
      return ["the status is \(seenStatus) instead of \(status)"]
    }
    return typeFaults(fields) + singleFaults(fields) + keptFaults(fields) + hopFaults(fields)
      + cacheFaults(fields) + codingFaults(fields, seenBody)
  }

  private func typeFaults(_ fields: Fields) -> [String] {
    guard status != 204, status != 304, fields.values("Content-Type").count < 2 else { return [] }
    let (expected, came) = (sent.mediaType, fields.mediaType)
    guard !expected.isEmpty else { return [] }
    guard came != expected else { return charsetFaults(fields) }
    return [
      came.isEmpty
        ? "the content type is missing" : "the content type is '\(came)' instead of '\(expected)'"
    ]
  }

  private func charsetFaults(_ fields: Fields) -> [String] {
    let (asked, given) = (
      charset(sent["Content-Type"] ?? ""), charset(fields["Content-Type"] ?? "")
    )
    return asked == given
      ? [] : ["the content type says charset '\(given)', and the body is in '\(asked)'"]
  }

  /// Fields that occur twice, and only once in the upstream's head.
  private func singleFaults(_ fields: Fields) -> [String] {
    fields.lowercasedNames.compactMap { name in
      let values = fields.values(name)
      let mayRepeat = !KnownFields.single.contains(name) && sent.values(name).count != 1
      guard values.count > 1, values.count > sent.values(name).count, !mayRepeat,
        !Self.lists.contains(name)
      else { return nil }
      return "the field \(shownName(name, fields)) occurs \(values.count) times: "
        + values.map { "'\($0)'" }.joined(separator: ", ")
    }
  }

  /// Fields whose members may stand on several lines (RFC 9110 section 5.3).
  private static let lists: Set<String> = [
    "via", "cache-control", "vary", "set-cookie", "connection", "link", "warning", "server-timing",
    "allow", "x-cache", "x-cache-lookup", "www-authenticate", "keep-alive", "server",
  ]

  private func keptFaults(_ fields: Fields) -> [String] {
    let hops = sent.connectionNames
    return sent.lowercasedNames.compactMap { name in
      guard !hops.contains(name), isKept(name) else { return nil }
      let (expected, came) = (sent.values(name), fields.values(name))
      guard came != expected, came.joined(separator: ", ") != expected.joined(separator: ", "),
        came.isEmpty || came.count <= expected.count
      else { return nil }
      let words = expected.map { "'\($0)'" }.joined(separator: ", ")
      return came.isEmpty
        ? "the upstream's field \(shownName(name, sent)) (\(words)) is missing"
        : "the upstream's field \(shownName(name, sent)) is "
          + came.map { "'\($0)'" }.joined(separator: ", ") + " instead of \(words)"
    }
  }

  private func isKept(_ name: String) -> Bool {
    if KnownFields.isActedOn(name) { return true }
    return rule == .every && !KnownFields.ownOfResponse.contains(name)
      && !name.hasPrefix("x-accel-")
  }

  /// Fields of the upstream's connection that went on to the client's (RFC 9110 section 7.6.1). A
  /// proxy may have a Keep-Alive of its own.
  private func hopFaults(_ fields: Fields) -> [String] {
    let named = Set(sent.members("Connection").map { $0.lowercased() })
      .subtracting(["keep-alive", "close"])
    let upgrade = sent.values("Upgrade")
    return named.union(["proxy-connection"]).sorted().compactMap { name in
      let values = fields.values(name)
      guard !values.isEmpty, values == sent.values(name) else { return nil }
      return "the hop-by-hop field \(shownName(name, fields)) was passed on"
    }
      + (!upgrade.isEmpty && fields.values("Upgrade") == upgrade && !named.contains("upgrade")
        ? ["the hop-by-hop field Upgrade was passed on"] : [])
  }

  /// A stream, and any answer to a POST, must not be stored for other clients.
  private func cacheFaults(_ fields: Fields) -> [String] {
    for field in Self.cacheFields {
      let expected = Set(sent.members(field).map { $0.lowercased() })
      let came = fields.members(field).map { $0.lowercased() }
      if let directive = came.first(where: { keeps($0) && !expected.contains($0) }) {
        return ["\(field) says '\(directive)', which the upstream does not"]
      }
    }
    let expected = Set(sent.members("Cache-Control").map { $0.lowercased() })
    let came = fields.members("Cache-Control").map { $0.lowercased() }
    if let fault = expiryFault(fields, came) { return [fault] }
    let forbids = ["no-cache", "no-store", "private"]
    if isStream, rule == .every, let lost = forbids.first(where: { expected.contains($0) }),
      !came.contains(where: forbids.contains)
    {
      return ["the upstream's Cache-Control '\(lost)' is missing"]
    }
    return []
  }

  /// The fields that tell caches how long to keep an answer: all caches, and those before a server.
  private static let cacheFields = ["Cache-Control", "CDN-Cache-Control", "Surrogate-Control"]

  private func keeps(_ directive: String) -> Bool {
    let name = String(directive.prefix { $0 != "=" })
    let age = Int(directive.drop { $0 != "=" }.dropFirst().filter { $0 != "\"" }) ?? 0
    return ["public", "immutable"].contains(name)
      || ["max-age", "s-maxage", "stale-while-revalidate"].contains(name) && age > 0
  }

  /// An `Expires` in the future that no Cache-Control overrides (RFC 9111 section 5.3).
  private func expiryFault(_ fields: Fields, _ directives: [String]) -> String? {
    let overrides = ["no-cache", "no-store", "private", "max-age", "s-maxage"]
    guard let expires = fields["Expires"], expires != sent["Expires"],
      let moment = sortable(expires),
      !directives.contains(where: { overrides.contains(String($0.prefix { $0 != "=" })) }),
      Self.longPast.lexicographicallyPrecedes(moment),
      fields["Date"].flatMap(sortable)?.lexicographicallyPrecedes(moment) ?? true
    else { return nil }
    return "Expires says '\(expires)', which the upstream does not"
  }

  /// Without a Date, servers write "at once" as a date before this one.
  private static let longPast = [2000]

  /// An HTTP date as numbers that sort (RFC 9110 section 5.6.7); nil for anything else.
  private func sortable(_ date: String) -> [Int]? {
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let parts = date.split(separator: " ").map(String.init)
    guard parts.count == 6, let day = Int(parts[1]), let month = months.firstIndex(of: parts[2]),
      let year = Int(parts[3])
    else { return nil }
    return [year, month, day] + parts[4].split(separator: ":").compactMap { Int($0) }
  }

  /// The coding in the head must be the coding of the body.
  private func codingFaults(_ fields: Fields, _ seenBody: [UInt8]) -> [String] {
    let expected = codings(sent)
    let came = codings(fields)
    guard !seenBody.isEmpty else {
      return came == expected || came.isEmpty
        ? [] : ["Content-Encoding is '\(came.joined(separator: ", "))', and the upstream's is not"]
    }
    if came == expected {
      guard came.isEmpty, !looksCoded(body), looksCoded(seenBody) else { return [] }
      return ["the body is coded, and the head does not say so"]
    }
    guard came.isEmpty else {
      let name = came.joined(separator: ", ")
      let isPlain = body.starts(with: seenBody) || !looksCoded(seenBody) && came != ["br"]
      return [
        isPlain && expected.isEmpty
          ? "the head says that the body is coded as \(name), and it is not"
          : "the body is coded as \(name), which the client did not ask for"
      ]
    }
    let isStillCoded = body.starts(with: seenBody) || looksCoded(seenBody)
    return isStillCoded ? ["the body is coded, and the head does not say so"] : []
  }

  private func codings(_ fields: Fields) -> [String] {
    fields.members("Content-Encoding").map { $0.lowercased() }.filter { $0 != "identity" }
  }

  /// Whether bytes begin like gzip (RFC 1952), zlib (RFC 1950) or zstd (RFC 8878).
  private func looksCoded(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x1F, 0x8B]) || bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
      || bytes.first == 0x78
        && bytes.dropFirst().first.map { [0x01, 0x5E, 0x9C, 0xDA].contains($0) }
          ?? false
  }

  private func shownName(_ name: String, _ fields: Fields) -> String {
    fields.list.first { $0.isNamed(name) }?.name ?? name
  }
}
