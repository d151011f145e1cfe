// TLS records on the simulated network: framed as in RFC 8446 section 5.1, without cryptography. A
// record is a header of five bytes, the data, and sixteen bytes in place of the authentication tag;
// so a record may span several reads and a read may hold several records, the end of the stream is
// an alert, and handshake messages come in between.

/// One record.
package struct SimulatedRecord: Hashable, Sendable {
  /// What a record holds, by the number on the wire.
  package enum Kind: UInt8, Hashable, Sendable {
    case alert = 21
    case handshake = 22
    case data = 23
  }

  package var kind: Kind
  package var data: [UInt8]

  package init(_ kind: Kind, _ data: [UInt8]) {
    self.kind = kind
    self.data = data
  }

  /// The orderly end of one direction (section 6.1).
  package static let closeNotify = SimulatedRecord(.alert, [1, 0])
  /// The end of the connection by the alert `internal_error` (section 6.2).
  package static let internalError = SimulatedRecord(.alert, [2, 80])

  /// The most bytes of data in a record.
  static let dataMax = 16_384
  private static let headerCount = 5
  private static let proofCount = 16

  /// Appends the record as it goes on the wire.
  package func write(into bytes: inout [UInt8]) {
    let count = data.count + Self.proofCount
    bytes += [kind.rawValue, 3, 3, UInt8(count >> 8), UInt8(count & 0xFF)]
    bytes += data
    bytes += repeatElement(0, count: Self.proofCount)
  }

  /// Reads records from bytes as they come.
  package struct Reader: Hashable, Sendable {
    private var held: [UInt8] = []
    private var start = 0

    package init() {}

    package mutating func take(_ bytes: [UInt8]) {
      held.removeFirst(start)
      start = 0
      held += bytes
    }

    /// The next record, or nil while it is incomplete. Bytes that are not a record are read as a
    /// fatal alert: no byte after them can be trusted.
    package mutating func next() -> SimulatedRecord? {
      let rest = held[start...]
      guard let first = rest.first else { return nil }
      guard let kind = Kind(rawValue: first) else {
        start = held.count
        return .internalError
      }
      guard rest.count >= headerCount else { return nil }
      let count = Int(held[start + 3]) << 8 | Int(held[start + 4])
      guard count >= proofCount, count <= dataMax + proofCount else {
        start = held.count
        return .internalError
      }
      guard rest.count >= headerCount + count else { return nil }
      let data = start + headerCount
      start = data + count
      return SimulatedRecord(kind, Array(held[data..<start - proofCount]))
    }
  }
}
