// The texts and the named values of JSON. Each string with escapes is a text of its own. The joined
// strings at one place of many payloads are a text too, because a delta holds only a piece. The same goes
// for lists of byte values (`logprobs`).
//
// Names tell what a value is, but not in a schema: below `properties` a name is that of a parameter, and
// its value is the parameter's type and description (JSON Schema section 10.3.2.1).

/// Finds the texts of JSON values.
struct JSONTexts {
  /// Strings with escapes, each on its own.
  private(set) var escaped: [TextView] = []
  /// The joined strings of one place.
  private(set) var joined: [TextView] = []
  /// The places of all strings, between their quotation marks.
  private(set) var strings: [Range<Int>] = []
  /// The values of members whose names mean a secret.
  private(set) var named: [SecretPlace] = []

  private var paths: [Step: Int] = [:]
  private var traits: [Traits] = []
  private var scanner = SecretScanner()

  /// One step of a path: the place above it, and the name or number.
  private struct Step: Hashable {
    var above: Int
    var name: [UInt8]
  }

  /// What is known of a value from its surroundings.
  private struct Spot {
    var path = -1
    var meaning: NameMeaning?
    var isSchema = false
    /// Whether the members are named after parameters.
    var isProperties = false
    /// Whether the elements of a list here are separate texts, and not pieces of one.
    var isNumbered = false
  }

  /// Takes the texts of a payload.
  mutating func take(_ payload: JSONLayout, of bytes: [UInt8]) { visit(payload, Spot(), bytes) }

  /// The meaning of a name, worked out once for each place.
  private struct Traits {
    var meaning: NameMeaning?
    var isValue = false
    var opensProperties = false
    var isExample = false
    var saysNothing = false
    var isNumbered = false
    var isItems = false

    init() {}

    init(_ name: [UInt8], _ scanner: inout SecretScanner) {
      func isOne(of names: [String]) -> Bool { names.contains { name.elementsEqual($0.utf8) } }
      meaning = scanner.knownMeaning(of: name[...], .member)
      isValue = isOne(of: ["value", "Value", "val"])
      opensProperties = isOne(
        of: ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"])
      isExample = isOne(of: ["default", "example", "examples", "const"])
      // Members beside a secret that are not secret.
      saysNothing = isOne(of: [
        "type", "name", "username", "user", "url", "host", "description", "scope", "scopes",
        "expires", "expires_in", "expires_at", "provider", "role", "model", "title", "format",
      ])
      isNumbered = isOne(of: ["messages", "tools", "top_logprobs"])
      isItems = isOne(of: ["items"])
    }
  }

  private mutating func path(_ name: some Collection<UInt8>, below path: Int) -> Int {
    let step = Step(above: path, name: Array(name))
    if let known = paths[step] { return known }
    paths[step] = joined.count
    joined.append(TextView())
    traits.append(Traits())
    return joined.count - 1
  }

  /// The place of a member.
  private mutating func path(ofMember key: Range<Int>, below path: Int, _ bytes: [UInt8]) -> Int {
    let count = joined.count
    guard bytes[key].contains(UInt8(ascii: "\\")) else {
      let place = self.path(bytes[key], below: path)
      if place == count { traits[place] = Traits(Array(bytes[key]), &scanner) }
      return place
    }
    var name = TextView()
    name.append(jsonString: key, of: bytes)
    let place = self.path(name.text, below: path)
    if place == count { traits[place] = Traits(name.text, &scanner) }
    return place
  }

  private mutating func visit(_ value: JSONLayout, _ spot: Spot, _ bytes: [UInt8]) {
    switch value {
    case .object(let members): visit(members, spot, bytes)
    case .array(let elements): visit(elements, spot, bytes)
    case .string(let range): take(string: range, spot, bytes)
    case .word(let range):
      guard let meaning = spot.meaning, meaning != .perhaps, bytes[range].allSatisfy(isDigit),
        range.count >= (meaning == .password ? 4 : 6), !isFilled(bytes[range])
      else { return }
      named.append(SecretPlace(range: range, kind: meaning.kind, isNumber: true))
    }
  }

  private mutating func take(string range: Range<Int>, _ spot: Spot, _ bytes: [UInt8]) {
    strings.append(range)
    joined[spot.path < 0 ? path("text".utf8, below: -1) : spot.path].append(
      jsonString: range, of: bytes)
    var view: TextView?
    if bytes[range].contains(UInt8(ascii: "\\")) {
      var text = TextView()
      text.append(jsonString: range, of: bytes)
      escaped.append(text)
      view = text
    }
    guard let meaning = spot.meaning, !isFilled(bytes[range]) else { return }
    // A string that was cut off may be shorter than its name promises.
    let isWhole = range.upperBound < bytes.count && bytes[range.upperBound] == UInt8(ascii: "\"")
    let value = SecretValue(view?.text[...] ?? bytes[range])
    guard value.isSecret(meaning, isParameter: isWhole) else { return }
    named.append(SecretPlace(range: range, kind: meaning.kind))
  }

  private mutating func visit(_ elements: [JSONLayout], _ spot: Spot, _ bytes: [UInt8]) {
    var inner = spot
    inner.isNumbered = false
    inner.path = path("[]".utf8, below: spot.path)
    if let numbers = byteValues(elements, bytes) {
      for (byte, range) in numbers { joined[inner.path].append(byte: byte, number: range) }
    }
    for (index, element) in elements.enumerated() {
      if spot.isNumbered { inner.path = path("[\(index)]".utf8, below: spot.path) }
      visit(element, inner, bytes)
    }
  }

  /// The numbers of a list, if all of them can be bytes.
  private func byteValues(
    _ elements: [JSONLayout], _ bytes: [UInt8]
  ) -> [(byte: UInt8, range: Range<Int>)]? {
    var values: [(byte: UInt8, range: Range<Int>)] = []
    for element in elements {
      guard case .word(let range) = element, range.count <= 3, bytes[range].allSatisfy(isDigit)
      else {
        return nil
      }
      let value = bytes[range].reduce(0) { $0 * 10 + Int($1 - 0x30) }
      guard value < 256 else { return nil }
      values.append((UInt8(value), range))
    }
    return values
  }
}

// Objects.
extension JSONTexts {
  private mutating func visit(
    _ members: [JSONMember], _ spot: Spot, _ bytes: [UInt8]
  ) {
    var spot = spot
    // Two choices, or two calls, may alternate: each gives its index.
    for member in members where Self.indexNames.contains(where: bytes[member.key].elementsEqual) {
      if case .word(let range) = member.value { spot.path = path(bytes[range], below: spot.path) }
    }
    let paired = pairedMeaning(members, bytes)
    let isSchema = spot.isSchema || spot.meaning != nil && Self.isSchema(members, bytes)
    for member in members {
      var inner = Spot(path: path(ofMember: member.key, below: spot.path, bytes))
      let name = traits[inner.path]
      if spot.isProperties, case .object(let schema) = member.value, Self.isSchema(schema, bytes) {
        inner.isSchema = true
        inner.meaning = name.meaning == nil ? nil : .perhaps
      } else if isSchema, !spot.isProperties {
        inner = schemaSpot(inner, name, spot)
      } else {
        inner.meaning = name.meaning ?? (name.saysNothing ? nil : spot.meaning)
        if name.isValue, let paired { inner.meaning = paired }
        inner.isProperties = name.opensProperties
      }
      inner.isNumbered = name.isNumbered
      visit(member.value, inner, bytes)
    }
  }

  /// What is known of a member of a schema.
  private func schemaSpot(_ spot: Spot, _ name: Traits, _ outer: Spot) -> Spot {
    var spot = spot
    if name.opensProperties {
      spot.isProperties = true
    } else if name.isExample {
      spot.meaning = outer.meaning == nil ? nil : .perhaps
    } else {
      spot.isSchema = true
      spot.meaning = name.isItems ? outer.meaning : nil
    }
    return spot
  }

  /// The meaning of `value` in `{"name": "X-Api-Key", "value": "…"}`.
  private mutating func pairedMeaning(
    _ members: [JSONMember], _ bytes: [UInt8]
  ) -> NameMeaning? {
    guard 2...8 ~= members.count,
      members.contains(where: {
        3...5 ~= $0.key.count && bytes[$0.key].dropFirst().starts(with: "al".utf8)
      })
    else { return nil }
    for member in members {
      guard case .string(let name) = member.value, NameBesides.isMarker(bytes[member.key]) else {
        continue
      }
      if let meaning = scanner.knownMeaning(of: bytes[name], .member) { return meaning }
    }
    return nil
  }

  private static let indexNames = ["index", "output_index", "content_index", "summary_index"].map {
    Array($0.utf8)
  }

  /// Whether an object is a JSON Schema, by the words of that language.
  private static func isSchema(
    _ members: [JSONMember], _ bytes: [UInt8]
  ) -> Bool {
    members.contains { member in
      let isWord = { (words: [String]) in
        words.contains { bytes[member.key].elementsEqual($0.utf8) }
      }
      if isWord(["$ref", "enum", "anyOf", "oneOf", "allOf", "properties", "items", "description"]) {
        return true
      }
      guard isWord(["type", "Type"]) else { return members.isEmpty }
      guard case .string(let range) = member.value else { return true }
      return [
        "string", "object", "number", "integer", "array", "boolean", "null", "STRING", "OBJECT",
        "NUMBER", "INTEGER", "ARRAY", "BOOLEAN", "str", "int", "bool", "float",
      ].contains { bytes[range].elementsEqual($0.utf8) }
    } || members.isEmpty
  }
}
