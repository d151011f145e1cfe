// Heads in the notation of other tools: status codes as numbers and as text, fields as pairs, as flat
// lists and as objects whose values are texts or lists of texts.

extension ForeignValue {
  /// A status code: a number, a number as text, `200 OK`, or an object with a `code`. Nil if there is
  /// none.
  var statusCode: Int? {
    if let code = first("code", "status_code", "status") { return code.statusCode }
    if let number = integer { return number }
    guard let word = string?.split(separator: " ").first, word.utf8.count == 3 else { return nil }
    return Int(word)
  }

  /// The phrase after a status code.
  var statusPhrase: String? {
    if let phrase = first("message", "reason", "reason_phrase")?.string { return phrase }
    guard let text = string, let blank = text.firstIndex(of: " ") else { return nil }
    return String(text[text.index(after: blank)...])
  }
}

/// The fields in `headers`, in their order. Throws for a field without a name or a value: the head would
/// be incomplete.
func headerPairs(_ headers: ForeignValue?) throws(ImportError) -> [(String, String)] {
  switch headers {
  case nil, .null: return []
  case .object(let members):
    var pairs: [(String, String)] = []
    for member in members {
      for value in member.value.list ?? [member.value] {
        pairs.append((member.name, try headerValue(value, member.name)))
      }
    }
    return pairs
  case .list(let list) where list.contains { $0.members == nil && $0.list == nil }:
    // Nock's raw headers alternate: a name, a value, a name, a value.
    guard list.count % 2 == 0 else { throw ImportError("a header has no value") }
    var pairs: [(String, String)] = []
    for index in stride(from: 0, to: list.count, by: 2) {
      let name = try headerName(list[index])
      pairs.append((name, try headerValue(list[index + 1], name)))
    }
    return pairs
  case .list(let list):
    var pairs: [(String, String)] = []
    for pair in list {
      let parts = pair.list ?? []
      let name = try headerName(pair["name"] ?? parts.first)
      pairs.append(
        (name, try headerValue(pair["value"] ?? (parts.count == 2 ? parts[1] : nil), name)))
    }
    return pairs
  default: throw ImportError("its headers are not a list")
  }
}

private func headerName(_ value: ForeignValue?) throws(ImportError) -> String {
  guard let name = value?.string, !name.isEmpty else {
    throw ImportError("a header has no name")
  }
  return name
}

private func headerValue(
  _ value: ForeignValue?, _ name: String
) throws(ImportError) -> String {
  if case .bytes(let bytes)? = value { return String(decoding: bytes, as: UTF8.self) }
  guard let text = value?.string else {
    throw ImportError("the header \(name) has no value")
  }
  return text
}
