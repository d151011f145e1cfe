// The head alone tells where a body ends, by the rule below. The rule is stricter than the standard
// wherever the standard lets a recipient repair a message: two parties that repair differently
// disagree on where the next message starts (RFC 9112 section 11.2).

/// How the length of a message's body is known (RFC 9112 section 6.3).
package enum BodyFraming: Hashable, Sendable {
  /// There is no body.
  case none
  /// Exactly this many bytes, 0 or more.
  case length(Int)
  /// The chunked coding (RFC 9112 section 7.1).
  case chunked
  /// All bytes up to the close of the connection.
  case untilClose

  /// The framing of the body after a request's head (RFC 9112 section 6.3).
  ///
  /// - Throws: `bothLengthAndCoding`, `unknownTransferCoding`, `conflictingLengths` or `badLength`,
  ///   at offset 0.
  package static func ofRequest(_ head: RequestHead) throws(WireError) -> BodyFraming {
    // Steps 1 and 2 are about responses; steps 3 to 6:
    if let framing = try ofFields(head.fields, version: head.version) { return framing }
    // Step 7: a request with neither field has no body.
    return .none
  }

  /// The framing of the body after a response's head (RFC 9112 section 6.3).
  ///
  /// - Parameter method: The method of the request that this answers, in its exact case.
  /// - Throws: `bothLengthAndCoding`, `unknownTransferCoding`, `conflictingLengths` or `badLength`,
  ///   at offset 0.
  package static func ofResponse(
    _ head: ResponseHead, toMethod method: String
  ) throws(WireError) -> BodyFraming {
    // Step 1: no body, whatever the fields say.
    if method == "HEAD" || (100...199).contains(head.status) { return .none }
    if head.status == 204 || head.status == 304 { return .none }
    // Step 2: the connection becomes a tunnel; its bytes are not this message's body.
    if method == "CONNECT" && (200...299).contains(head.status) { return .none }
    // Steps 3 to 6.
    if let framing = try ofFields(head.fields, version: head.version) { return framing }
    // Step 8: a response with neither field ends with the connection.
    return .untilClose
  }

  /// Steps 3 to 6, the same for both kinds of message; nil when neither field is there.
  private static func ofFields(
    _ fields: Fields, version: Version
  ) throws(WireError) -> BodyFraming? {
    let codings = fields.values("Transfer-Encoding")
    let lengths = fields.values("Content-Length")
    // Step 3: both are refused, though the standard would let the coding win.
    if !codings.isEmpty && !lengths.isEmpty { throw WireError(.bothLengthAndCoding, at: 0) }
    // Step 4: only `chunked`, once. A coding in an HTTP/1.0 message is faulty framing (section
    // 6.1).
    if let coding = codings.first {
      guard codings.count == 1, version == .http11, coding.equalsIgnoringASCIICase("chunked")
      else { throw WireError(.unknownTransferCoding, at: 0) }
      return .chunked
    }
    // Step 5: a list of lengths is refused even when all are the same. No honest sender makes one,
    // and the next reader on the way may choose another member.
    guard let length = lengths.first else { return nil }
    guard lengths.count == 1, !length.utf8.contains(0x2C) else {
      throw WireError(.conflictingLengths, at: 0)
    }
    // Step 6.
    guard let count = wireNumber(length.utf8) else { throw WireError(.badLength, at: 0) }
    return .length(count)
  }
}

/// The number that 1 to 15 decimal digits, without a sign, stand for; nil for any other text. `Int`
/// would also take a sign.
package func wireNumber(_ digits: some Collection<UInt8>) -> Int? {
  guard (1...15).contains(digits.count) else { return nil }
  var value = 0
  for byte in digits {
    guard (0x30...0x39).contains(byte) else { return nil }
    value = value * 10 + Int(byte - 0x30)
  }
  return value
}
