// The TLS part of a plan: where records end, and which messages come between them. Records are a layer of
// their own: they are independent of the chunks of HTTP inside them, and a TCP write may end in the
// middle of one or hold several. For an upstream without TLS these words are left out, and a fault that
// breaks a stream by TLS becomes a reset.
//
//     cuts=7x tls=events+empty handshake=rekey@512 fault=tear@800

/// Where the records of a response end (RFC 8446 section 5.1).
package struct RecordCuts: Hashable, Sendable {
  /// The places, as offsets in the whole response; a record also ends after `dataMax` bytes.
  package var ends: Cuts
  /// Whether an empty record comes before each. OpenSSL does not send one, so this works only on the
  /// simulated network.
  package var hasEmpty = false

  /// The most bytes of data that a record may hold.
  package static let dataMax = 16_384

  package init(_ ends: Cuts) { self.ends = ends }
}

/// A handshake message in the middle of a stream, and its place.
package struct HandshakeMessage: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The upstream changes its keys (KeyUpdate, RFC 8446 section 4.6.3).
    case rekey
    /// The upstream asks for a new handshake, which the proxy may refuse (HelloRequest of TLS 1.2, RFC
    /// 5246 section 7.4.1.1).
    case renegotiate
  }

  package var kind: Kind
  /// It comes at the first end of a record after this many bytes of the response; 0 or more.
  package var offset: Int

  package init(_ kind: Kind, at offset: Int) {
    self.kind = kind
    self.offset = offset
  }
}

extension Plan {
  /// Whether the plan needs an upstream with TLS.
  package var speaksTLS: Bool {
    records != nil || handshake != nil || fault?.kind.isTLS == true
  }

  /// The plan for an upstream without TLS.
  package var withoutTLS: Plan {
    var plain = self
    (plain.records, plain.handshake) = (nil, nil)
    if let fault, fault.kind.isTLS { plain.fault = Fault(.reset, at: fault.offset) }
    return plain
  }
}

extension RecordCuts: CustomStringConvertible {
  private static let emptyWord = "+empty"

  package var description: String { "\(ends)" + (hasEmpty ? Self.emptyWord : "") }

  init(_ text: Substring) throws(PlanError) {
    let isEmpty = text.hasSuffix(Self.emptyWord)
    self.init(try Cuts(isEmpty ? text.dropLast(Self.emptyWord.count) : text))
    hasEmpty = isEmpty
  }
}

extension HandshakeMessage: CustomStringConvertible {
  package var description: String { "\(kind.rawValue)@\(offset)" }

  init(_ text: Substring) throws(PlanError) {
    let (kind, offset) = try placed(text, Kind.self)
    self.init(kind, at: offset)
  }
}
