// A message from the formats of other tools, and the one function that makes recordings of all of them.
// In a recording the head agrees with the body: no coding is named, a length is the body's, and a body
// that is called an event stream or JSON is one. A message that cannot be made to agree is refused with
// the reason.

internal import Foundation
internal import Judging
internal import MockQwen
internal import Terminal
internal import Wire

/// A message in a file of another tool.
struct ForeignExchange {
  var method: String
  var url: String
  var requestFields: [(String, String)]
  var requestBody: [UInt8] = []
  var status: Int
  var reason: String?
  var version = Version.http11
  var fields: [(String, String)]
  /// The body, perhaps still in its content coding.
  var body: [UInt8] = []
  /// Where the body was cut, and when; nil when that is not known.
  var fragments: [Session.Fragment]?
  var framing: Session.Framing?
  var end = ForeignEnding.complete
  var captured: String?
  var source = ""
  /// What the user should know about it.
  var notes: [String] = []

  /// The exchange as a recording, and notes for the user about it.
  func recording() throws(ImportError) -> (recording: Recording, notes: [String]) {
    guard 200...999 ~= status else {
      throw ImportError(
        100...199 ~= status
          ? "status \(status) is an interim answer" : "no answer was received: status \(status)")
    }
    var answer = Fields(usable(fields))
    let (body, fragments) = withoutChunks(answer)
    let codings = answer.members("Content-Encoding").map { $0.lowercased() }
    let whole = body.isEmpty ? [] : [Session.Fragment(end: body.count, milliseconds: 0)]
    var coded = CodedBody(
      bytes: body, fragments: fragments ?? whole, mayEndEarly: end.ending != .complete)
    let wasCoded = try coded.undo(codings) || coded.bytes != body
    answer.remove("Content-Encoding")
    guard coded.bytes.count <= ImportLimits.standard.bodyBytesMax else {
      throw ImportError("the body has more than \(ImportLimits.standard.bodyBytesMax) bytes")
    }
    var notes = notes + lostFields()
    notes += try lengthNotes(&answer, coded.bytes.count, wasCoded: wasCoded)
    notes += try contentNotes(coded.bytes, answer)
    let session = Session(
      name: "", request: try request(),
      response: ResponseHead(
        version: version, status: status, reason: reasonPhrase, fields: answer),
      framing: framing(answer), body: coded.bytes, fragments: coded.fragments, ending: end.ending)
    let recording = Recording(
      source: source, captured: captured, session: session,
      side: end.ending == .complete ? .upstream : end.side)
    return (recording, notes)
  }

  /// The body without the framing of its chunks (RFC 9112 section 7.1), which some tools keep.
  private func withoutChunks(_ answer: Fields) -> ([UInt8], [Session.Fragment]?) {
    guard answer.members("Transfer-Encoding").contains("chunked"), !body.isEmpty else {
      return (body, fragments)
    }
    var reader = BodyReader(.chunked)
    var offset = 0
    var bare: [UInt8] = []
    while let range = try? reader.read(body.span, at: &offset) { bare += body[range] }
    let isFramed = reader.isComplete && offset == body.count
    return isFramed ? (bare, nil) : (body, fragments)
  }

  /// Names the fields that HTTP/1.1 cannot carry; the fields of HTTP/2 that begin with a colon are in the
  /// first line.
  private func lostFields() -> [String] {
    let lost = (requestFields + fields).filter { pair in
      !pair.0.hasPrefix(":") && usable([pair]).isEmpty && !pair.1.isEmpty
    }
    return lost.map { "the field \(printable($0.0)) cannot be kept: it is not valid in HTTP/1.1" }
  }

  private var reasonPhrase: String? {
    guard let reason, reason.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
    return reason
  }

  private func framing(_ answer: Fields) -> Session.Framing {
    if let framing, framing != .length { return framing }
    if answer["Content-Length"] != nil { return .length }
    return version == .http10 ? .close : .chunked
  }

  private func request() throws(ImportError) -> Session.Request {
    guard !method.isEmpty, method.utf8.allSatisfy(isTokenByte) else {
      throw ImportError("the request's method '\(method)' is not a token")
    }
    let behindScheme = url.firstRange(of: "://").map { url[$0.upperBound...] }
    let target =
      behindScheme.map { rest in
        rest.firstIndex { $0 == "/" || $0 == "?" }.map { rest[$0...] } ?? "/"
      } ?? url[...]
    let withoutFragment = target.prefix { $0 != "#" }
    var path = withoutFragment.hasPrefix("/") ? "" : "/"
    for byte in withoutFragment.utf8 {
      guard byte >= 0x20, byte != 0x7F else {
        throw ImportError("the request's URL has a control character in it")
      }
      // Characters that a URL may not hold are percent-encoded (RFC 3986 section 2.1).
      path +=
        byte > 0x20 && byte < 0x7F
        ? String(Unicode.Scalar(byte)) : "%" + hexadecimal([byte]).uppercased()
    }
    return Session.Request(
      method: method, target: path, fields: Fields(usable(requestFields)).withoutConnection,
      body: requestBody)
  }

  /// Sets the length in the head to the body's. A larger length in the head means that the body is
  /// incomplete; then the exchange must have ended badly.
  private func lengthNotes(
    _ answer: inout Fields, _ count: Int, wasCoded: Bool
  ) throws(ImportError) -> [String] {
    if answer["Transfer-Encoding"] != nil { answer.set("Transfer-Encoding", "chunked") }
    guard let announced = answer["Content-Length"] else { return [] }
    let hasNoBody = method == "HEAD" || status == 204 || status == 304
    if hasNoBody, count == 0 { return [] }
    let length = announced.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? Int(announced) : nil
    if end.ending != .complete {
      // A body that broke off is shorter than was announced; a length that it reaches would end it.
      if wasCoded || (length ?? 0) <= count { answer.remove("Content-Length") }
      return []
    }
    if answer["Transfer-Encoding"] != nil {
      answer.remove("Content-Length")
      return []
    }
    if let length, length > count, !wasCoded {
      throw ImportError(
        "the body is not whole: Content-Length is \(length), \(count) bytes are there")
    }
    answer.set("Content-Length", String(count))
    let isSame = length == count || wasCoded
    return isSame ? [] : ["Content-Length was \(announced), the body has \(count) bytes"]
  }
}

/// Fields that HTTP/1.1 can carry. Browsers join several lines of one name into one value.
private func usable(_ pairs: [(String, String)]) -> [Field] {
  pairs.flatMap { name, value -> [Field] in
    guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else { return [] }
    return value.split(separator: "\n", omittingEmptySubsequences: !value.isEmpty)
      .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
      .filter { !$0.utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F } }
      .map { Field(name, $0) }
  }
}

/// A token character (RFC 9110 section 5.6.2).
private func isTokenByte(_ byte: UInt8) -> Bool {
  0x21...0x7E ~= byte && !#":()<>@,;\"/[]?={}"#.utf8.contains(byte)
}
