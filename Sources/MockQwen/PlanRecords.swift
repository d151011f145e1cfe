// The TLS part of a plan: where records end, and what is said between them. Records are a layer of
// their own: they know nothing of the chunks of HTTP inside them, and a TCP write may end in the middle
// of one or hold several. Where the upstream speaks no TLS these words are left out, and what breaks a
// stream by TLS is a reset.
//
//     cuts=7x tls=events+empty handshake=rekey@512 fault=tear@800

/// Where the records of a response end (RFC 8446 section 5.1).
package struct RecordCuts: Hashable, Sendable {
  /// The places, as offsets in the whole response; a record ends behind `dataMax` bytes anyway.
  package var ends: Cuts
  /// Whether a record without data stands before each. OpenSSL does not send one, so that this is for
  /// the simulated network.
  package var hasEmpty = false

  /// The most bytes of data that a record may hold.
  package static let dataMax = 16_384

  package init(_ ends: Cuts) { self.ends = ends }
}

/// A message of the handshake in the middle of a stream, and where.
package struct HandshakeMessage: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The upstream goes on with new keys (KeyUpdate, RFC 8446 section 4.6.3).
    case rekey
    /// The upstream asks for a new handshake, which nobody must grant (HelloRequest of TLS 1.2, RFC 5246
    /// section 7.4.1.1).
    case renegotiate
  }

  package var kind: Kind
  /// It stands at the first end of a record behind so many bytes of the response; 0 or more.
  package var offset: Int

  package init(_ kind: Kind, at offset: Int) {
    self.kind = kind
    self.offset = offset
  }
}

extension Plan {
  /// Whether the plan says anything that only an upstream with TLS can do.
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
