// Sessions whose bodies are coded (RFC 9110 section 8.4). They are kept as they came, because a recording
// is about borders and bytes, and are decoded when somebody reads them. When something in them must
// change, they are decoded, changed, and encoded again: without compression, one block for each read, so
// that borders and flushes stay.

package import MockQwen
internal import Wire

extension Session {
  /// How its body can be read.
  private enum Reading {
    case plain
    case decoded(CodedBody)
    case unreadable(String)
  }

  private func codings(_ fields: Fields) -> [String] {
    fields.members("Content-Encoding").map { $0.lowercased() }.filter { $0 != "identity" }
  }

  private var reading: Reading {
    let codings = codings(response.fields)
    guard !codings.isEmpty, !body.isEmpty else { return .plain }
    var coded = CodedBody(bytes: body, fragments: fragments, mayEndEarly: ending != .complete)
    do throws(ImportError) {
      _ = try coded.undo(codings)
      return .decoded(coded)
    } catch { return .unreadable("its body is coded as '\(codings.joined(separator: ", "))'") }
  }

  /// The session for reading: its body decoded, if that is possible, and with the borders at which the
  /// reads of the coded body yielded content.
  package var readable: Session {
    guard case .decoded(let coded) = reading else { return self }
    var plain = self
    (plain.body, plain.fragments) = (coded.bytes, coded.fragments)
    plain.response.fields.remove("Content-Encoding")
    return plain
  }

  /// Why its body cannot be read here, as the end of a sentence about the session; nil when it can be
  /// read.
  package var unreadableReason: String? {
    guard case .unreadable(let reason) = reading else { return nil }
    return reason + ", which is not read here"
  }

  /// Why secrets in it cannot be seen or cannot be removed; nil when they can.
  package var redactionObstacle: String? {
    if !request.body.isEmpty, let coding = codings(request.fields).first {
      return "the request's body is coded as '\(coding)'"
    }
    if let reason = unreadableReason { return reason }
    let codings = codings(response.fields)
    return codings.count > 1 && !body.isEmpty
      ? "its body is coded as '\(codings.joined(separator: ", "))'" : nil
  }

  /// The session as redaction sees it: its body decoded, all fields unchanged; nil when its body is not
  /// coded.
  var withDecodedBody: Session? {
    guard case .decoded(let coded) = reading else { return nil }
    var decoded = self
    (decoded.body, decoded.fragments) = (coded.bytes, coded.fragments)
    return decoded
  }

  /// Encodes a decoded and changed body as the fields say.
  mutating func encode() {
    guard let coding = codings(response.fields).first else { return }
    let (bytes, ends) = stored(fragmentPieces, in: coding == "deflate" ? .zlib : .gzip)
    let times = fragments.map(\.milliseconds) + [fragments.last?.milliseconds ?? 0]
    fragments = zip(ends, times).map { Fragment(end: $0, milliseconds: $1) }
    body = bytes
    if response.fields["Content-Length"] != nil {
      response.fields.set("Content-Length", String(body.count))
    }
  }

  private var fragmentPieces: [ArraySlice<UInt8>] {
    var start = 0
    return fragments.map { fragment in
      defer { start = fragment.end }
      return body[start..<fragment.end]
    }
  }
}
