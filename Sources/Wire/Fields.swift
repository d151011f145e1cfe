// Header fields as they stand on the wire: in order, duplicates kept, spelling kept, looked up
// without regard to case (RFC 9110 section 5).

/// One header field line (RFC 9110 section 5.1).
package struct Field: Hashable, Sendable {
  /// The field name in its original spelling; a token (RFC 9110 section 5.6.2).
  package var name: String
  /// The field value without the white space around it. Each scalar U+0000–U+00FF stands for one
  /// byte, so that obs-text (RFC 9110 section 5.5) passes unchanged.
  package var value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  /// Whether this field's name is `other`, case-insensitively in ASCII.
  package func isNamed(_ other: String) -> Bool { name.equalsIgnoringASCIICase(other) }
}

/// The header section of a message: field lines in order (RFC 9110 section 5.2 and 5.3).
package struct Fields: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// The field lines, in order.
  package var list: [Field]

  package init(_ list: [Field] = []) { self.list = list }
  package init(arrayLiteral elements: Field...) { self.list = elements }

  /// The value of the first field line with this name, or nil.
  package subscript(_ name: String) -> String? {
    list.first { $0.isNamed(name) }?.value
  }

  /// The values of all field lines with this name, in order.
  package func values(_ name: String) -> [String] {
    var values: [String] = []
    for field in list where field.isNamed(name) { values.append(field.value) }
    return values
  }

  /// The members of a list-based field over all its lines (RFC 9110 section 5.6.1), trimmed, with
  /// empty members left out. A comma in a quoted string splits too: none of the fields that this
  /// project splits (Connection, Transfer-Encoding, Content-Length) may hold one.
  package func members(_ name: String) -> [String] {
    let values = values(name)
    guard !values.isEmpty else { return [] }
    return values.flatMap { $0.split(separator: ",").map { trimmingBlanks($0) } }
      .filter { !$0.isEmpty }
  }

  /// Adds a field line at the end; earlier lines with the same name stay.
  package mutating func add(_ name: String, _ value: String) { list.append(Field(name, value)) }

  /// Puts one line with this name where the first one stood (or at the end), and removes the rest.
  package mutating func set(_ name: String, _ value: String) {
    guard let first = list.firstIndex(where: { $0.isNamed(name) }) else {
      return add(name, value)
    }
    list[first].value = value
    for index in list.indices.dropFirst(first + 1).reversed() where list[index].isNamed(name) {
      list.remove(at: index)
    }
  }

  /// Removes all field lines with this name.
  package mutating func remove(_ name: String) { list.removeAll { $0.isNamed(name) } }
}

/// `text` without spaces and tabs at its ends (OWS, RFC 9110 section 5.6.3).
package func trimmingBlanks(_ text: some StringProtocol) -> String {
  var rest = Substring(text)
  while let first = rest.utf8.first, first == 0x20 || first == 0x09 { rest = rest.dropFirst() }
  while let last = rest.utf8.last, last == 0x20 || last == 0x09 { rest = rest.dropLast() }
  return String(rest)
}

extension String {
  /// Whether both strings are equal apart from the case of ASCII letters.
  package func equalsIgnoringASCIICase(_ other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    let (left, right) = (utf8Span.span, other.utf8Span.span)
    for index in left.indices where left[index] != right[index] {
      guard asciiLowercased(left[index]) == asciiLowercased(right[index]) else { return false }
    }
    return true
  }
}

/// `byte` in lower case when it is an ASCII letter, else `byte`.
package func asciiLowercased(_ byte: UInt8) -> UInt8 {
  (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
}
