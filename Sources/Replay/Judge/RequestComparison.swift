// What happened to a client's request on its way upstream, field by field: method, path, query, body,
// authorization, and the other fields. The terms tell what may change: only the key with our own core;
// with a gateway, whatever the user's policy allows.

package import MockQwen
internal import Wire

/// What may happen to a request on its way upstream.
package struct RequestTerms: Hashable, Sendable {
  /// Which fields of the client must arrive.
  package enum FieldRule: Hashable, Sendable {
    /// Every end-to-end field.
    case every
    /// Those that a model's upstream acts on.
    case forModel
    /// None: the target writes its own.
    case none
  }

  /// What `Authorization` must hold.
  package enum KeyRule: Hashable, Sendable {
    /// The client's own key, or a well-formed one of the target.
    case present
    /// A key of the target, and the client's key nowhere.
    case replaced
    /// Exactly this key, and the client's key nowhere.
    case exactly(String)
  }

  /// Whether the body must arrive byte for byte; if false, JSON is compared by value.
  package var comparesBytes = true
  /// Whether `Accept` must not be changed to exclude the stream that the client asked for.
  package var comparesEvents = true
  /// Whether the model may have another name.
  package var mapsModel = false
  /// Whether the body may have members that the client did not send.
  package var addsMembers = false
  /// The allowed paths; nil for any.
  package var paths: [String]?
  /// Whether the query must arrive unchanged.
  package var keepsQuery = true
  package var fields = FieldRule.every
  /// Fields, in lower case, that the user has given to the client: they count beside those for a model.
  package var named: Set<String> = []
  package var key = KeyRule.present

  package init() {}
}

/// A client's request, and what the upstream may see of it.
package struct RequestComparison: Hashable, Sendable {
  /// What the client sent.
  package var sent: Session.Request
  package var terms: RequestTerms

  package init(sent: Session.Request, terms: RequestTerms) {
    self.sent = sent
    self.terms = terms
  }

  /// What is wrong with a request that reached the upstream, in clauses; empty when it is right.
  package func faults(in seen: Session.Request) -> [String] {
    lineFaults(seen) + bodyFaults(seen) + keyFaults(seen) + otherKeyFaults(seen) + fieldFaults(seen)
  }

  private func lineFaults(_ seen: Session.Request) -> [String] {
    var faults: [String] = []
    if seen.method != sent.method {
      faults.append("the method is \(seen.method) instead of \(sent.method)")
    }
    let (path, query) = parts(of: seen.target)
    if let paths = terms.paths, !paths.contains(path) {
      let expected = paths.count > 1 ? "one of \(paths.joined(separator: ", "))" : paths.first ?? ""
      faults.append("the path is \(path) instead of \(expected)")
    }
    let asked = parts(of: sent.target).query
    let isSame = query == asked || !terms.comparesBytes && normalForm(query) == normalForm(asked)
    if terms.keepsQuery, !isSame {
      faults.append("the query is \(quotedOrNone(query)) instead of \(quotedOrNone(asked))")
    }
    return faults
  }

  private func parts(of target: String) -> (path: String, query: String?) {
    guard let mark = target.firstIndex(of: "?") else { return (target, nil) }
    // An empty query means the same as none.
    let query = String(target[target.index(after: mark)...])
    return (String(target[..<mark]), query.isEmpty ? nil : query)
  }

  /// A query with its percent-encoding in normal form: capital digits, and none where none is needed (RFC
  /// 3986 section 6.2.2).
  private func normalForm(_ query: String?) -> [UInt8]? {
    guard let bytes = query.map({ Array($0.utf8) }) else { return nil }
    var normal: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let digits = bytes[index...].dropFirst().prefix(2)
      guard bytes[index] == UInt8(ascii: "%"), digits.count == 2,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      else {
        normal.append(bytes[index])
        index += 1
        continue
      }
      let isPlain =
        Character(Unicode.Scalar(value)).isLetter || Character(Unicode.Scalar(value)).isNumber
      let isUnreserved = value < 0x80 && isPlain || "-._~".utf8.contains(value)
      normal += isUnreserved ? [value] : Array("%\(String(value, radix: 16, uppercase: true))".utf8)
      index += 3
    }
    return normal
  }

  private func quotedOrNone(_ query: String?) -> String { query.map { "'\($0)'" } ?? "missing" }

  // MARK: The body

  private func bodyFaults(_ seen: Session.Request) -> [String] {
    guard seen.body != sent.body else { return [] }
    guard let asked = JSONTree(sent.body), let came = JSONTree(seen.body) else {
      return ["the request body has changed: \(byteWords(seen.body))"]
    }
    if let name = JSONTree.repeatedName(in: seen.body),
      JSONTree.repeatedName(in: sent.body) == nil
    {
      return ["in the request body the member '\(name)' occurs twice"]
    }
    let found = differences(expected: asked, received: came)
    let faults = found.filter { !isAllowed($0) }.map { "in the request body \($0.words)" }
    guard faults.isEmpty, terms.comparesBytes else { return faults }
    return ["the request body has the same content in other bytes: \(byteWords(seen.body))"]
  }

  private func byteWords(_ body: [UInt8]) -> String {
    let same = zip(body, sent.body).prefix { $0 == $1 }.count
    return "it differs from byte \(same) on, and has \(body.count) bytes instead of "
      + "\(sent.body.count)"
  }

  private func isAllowed(_ difference: JSONDifference) -> Bool {
    if difference.path == "model", difference.kind == .changed, terms.mapsModel { return true }
    return difference.kind == .added && terms.addsMembers
  }

  // MARK: The key

  /// What is wrong with a key that is also in the field of other dialects. A target may have one of its
  /// own; a key that the user has put there is for the target.
  private func otherKeyFaults(_ seen: Session.Request) -> [String] {
    guard let key = sent.fields["X-API-Key"], sent.fields["Authorization"] == "Bearer \(key)",
      terms.key == .present
    else { return [] }
    let values = seen.fields.values("X-API-Key")
    if values.count == 1, let value = values.first, !value.isEmpty { return [] }
    return ["X-API-Key " + (values.count > 1 ? "occurs \(values.count) times" : "is missing")]
  }

  private func keyFaults(_ seen: Session.Request) -> [String] {
    let values = seen.fields.values("Authorization")
    let own = sent.fields["Authorization"]
    guard values.count < 2 else { return ["Authorization occurs \(values.count) times"] }
    let hasLeaked =
      terms.key != .present
      && own.map { value in
        let key = value.split(separator: " ").last.map(String.init) ?? value
        return seen.fields.list.contains { holds($0.value, key) } || holds(seen.target, key)
      } ?? false
    switch terms.key {
    case .exactly(let key):
      if values != ["Bearer \(key)"] { return ["the Authorization field is not the proxy's"] }
    case .present, .replaced:
      guard let own else { return [] }
      guard let value = values.first else { return ["Authorization is missing"] }
      if terms.key == .present, isSameKey(value, own) { return [] }
      if let fault = keyFault(value, client: own) { return [fault] }
    }
    return hasLeaked ? ["the client's key went upstream"] : []
  }

  /// Whether two credentials are equal; the name of their scheme is case-insensitive (RFC 9110 section
  /// 11.1).
  private func isSameKey(_ value: String, _ own: String) -> Bool {
    let (left, right) = (
      value.split(separator: " ", maxSplits: 1), own.split(separator: " ", maxSplits: 1)
    )
    guard left.count == 2, right.count == 2 else { return value == own }
    return left[0].lowercased() == right[0].lowercased() && left[1] == right[1]
  }

  /// What is wrong with a key of the target.
  private func keyFault(_ value: String, client: String) -> String? {
    let words = value.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 2, words[0].lowercased() == "bearer", !words[1].isEmpty,
      !["null", "undefined", "none", "nil"].contains(words[1].lowercased())
    else { return "the Authorization field is malformed" }
    let key = client.split(separator: " ").last.map(String.init) ?? client
    let isPart = words[1].utf8.count > 4 && holds(key, String(words[1])) || holds(value, key)
    return isPart && value != client ? "the client's key went upstream changed" : nil
  }

  // MARK: The other fields

  private func fieldFaults(_ seen: Session.Request) -> [String] {
    var faults: [String] = []
    // A server answers a request without it with 400 (RFC 9112 section 3.2).
    if seen.fields["Host"] == nil, sent.fields["Host"] != nil {
      faults.append("the field Host is missing")
    }
    for name in ["Host", "Content-Type", "Content-Length"] where seen.fields.values(name).count > 1
    {
      faults.append("\(name) occurs \(seen.fields.values(name).count) times")
    }
    let hops = sent.fields.connectionNames
    for name in sent.fields.lowercasedNames where isJudged(name, hops) {
      let (asked, came) = (sent.fields.values(name), seen.fields.values(name))
      let isSame =
        name == "content-type" && !terms.comparesBytes
        ? isSameType(asked.first, came.first) : asked == came
      guard !isSame else { continue }
      let shown = sent.fields.list.first { $0.isNamed(name) }?.name ?? name
      faults.append(
        came.isEmpty
          ? "the field \(shown) is missing"
          : "the field \(shown) is '\(came.joined(separator: ", "))' instead of "
            + "'\(asked.joined(separator: ", "))'")
    }
    return faults + addedFaults(seen) + acceptFaults(seen)
  }

  private func isSameType(_ asked: String?, _ came: String?) -> Bool {
    guard let asked, let came else { return asked == came }
    // The parts of a form are found by the boundary.
    if mediaType(asked).hasPrefix("multipart/") { return asked == came }
    return mediaType(asked) == mediaType(came) && charset(asked) == charset(came)
  }

  /// Added fields that change the request for the upstream.
  private func addedFaults(_ seen: Session.Request) -> [String] {
    guard terms.fields != .none else { return [] }
    return seen.fields.lowercasedNames.compactMap { name in
      let values = seen.fields.values(name)
      guard KnownFields.isAddedForModel(name), sent.fields[name] == nil,
        values.contains(where: { $0.lowercased() != "identity" })
      else { return nil }
      let shown = seen.fields.list.first { $0.isNamed(name) }?.name ?? name
      return "the field \(shown) was added ('\(values.joined(separator: ", "))')"
    }
  }

  private func isJudged(_ name: String, _ hops: Set<String>) -> Bool {
    guard !hops.contains(name), !KnownFields.ownOfRequest.contains(name) else { return false }
    return switch terms.fields {
    case .every: !KnownFields.mayBeSecret(name)
    case .forModel:
      KnownFields.isForModel(name) || terms.named.contains(name) && !KnownFields.mayBeSecret(name)
    case .none: name == "content-type"
    }
  }

  /// The `Accept` of a client that accepts a stream must not exclude it.
  private func acceptFaults(_ seen: Session.Request) -> [String] {
    let accepted = seen.fields.members("Accept").map { $0.prefix { $0 != ";" }.lowercased() }
    guard terms.fields == .forModel, terms.comparesEvents, !accepted.isEmpty,
      sent.fields.members("Accept").contains("text/event-stream"),
      !accepted.contains(where: { ["text/event-stream", "text/*", "*/*"].contains($0) })
    else { return [] }
    return ["the field Accept is '\(seen.fields["Accept"] ?? "")', which takes no stream"]
  }
}

/// Whether `text` contains `part`, by bytes; false for an empty part.
func holds(_ text: String, _ part: String) -> Bool {
  let (all, wanted) = (text.utf8Span.span, part.utf8Span.span)
  guard !wanted.isEmpty, all.count >= wanted.count else { return false }
  return (0...all.count - wanted.count).contains { start in
    wanted.indices.allSatisfy { all[start + $0] == wanted[$0] }
  }
}
