// What the self-test counts. A secret counts as redacted when no eight characters of it in a row are left
// in the file to be written, in its joined strings, or in its bytes, for every way in which it was cut.
// Lengths, borders and times must not change.

internal import Foundation
internal import Judging
package import MockQwen
internal import Wire

/// How well redaction and lint do on the planted secrets.
package struct RedactionFigures {
  package private(set) var plantedCount = 0
  package private(set) var sessionCount = 0
  /// Names of the planted secrets of which a part was left.
  package private(set) var left: [String] = []
  /// Names of those that lint does not find when nothing is redacted.
  package private(set) var unseen: [String] = []
  package private(set) var ordinaryCount = 0
  /// The ordinary texts that were changed.
  package private(set) var changed: [String] = []
  /// Names of the sessions whose lengths, borders or times were changed.
  package private(set) var moved: [String] = []

  private let redact: (inout Session) -> Void

  /// Counts. `redact` can be replaced to test the test: a redaction that does nothing must fail.
  package init(
    _ planted: [PlantedSecret], _ ordinary: [String],
    redact: @escaping (inout Session) -> Void = { Redactor().redact(&$0) }
  ) {
    self.redact = redact
    for secret in planted { count(secret) }
    for text in ordinary { count(text) }
  }

  /// Whether the figures are as good as promised: 98 % redacted, 95 % found, 1 % changed, none moved.
  package var areGood: Bool {
    left.count * 50 <= plantedCount && unseen.count * 20 <= plantedCount
      && changed.count * 100 <= ordinaryCount && moved.isEmpty
  }

  private mutating func count(_ planted: PlantedSecret) {
    plantedCount += 1
    sessionCount += planted.sessions.count
    var isLeft = false
    var isUnseen = false
    for session in planted.sessions {
      var redacted = session
      redact(&redacted)
      isLeft = isLeft || planted.secrets.contains { isShown($0, in: redacted) }
      if !Self.isShaped(redacted, like: session) { moved.append(planted.name) }
      isUnseen = isUnseen || !Self.isSeen(planted.secrets, in: session)
    }
    if isLeft { left.append(planted.name) }
    if isUnseen { unseen.append(planted.name) }
  }

  /// Whether lint's own scan finds one of the secrets.
  private static func isSeen(_ secrets: [String], in session: Session) -> Bool {
    session.suspects.contains { suspect in
      secrets.contains { secret in
        windows(of: secret, 6).contains { suspect.suspect.text.contains($0) }
      }
    }
  }

  private static func isShaped(_ redacted: Session, like session: Session) -> Bool {
    redacted.body.count == session.body.count && redacted.fragments == session.fragments
      && redacted.request.body.count == session.request.body.count
      && redacted.request.target.utf8.count == session.request.target.utf8.count
      && redacted.framing == session.framing && redacted.ending == session.ending
      && ReferenceReader.blocks(in: redacted.body).map(\.range)
        == ReferenceReader.blocks(in: session.body).map(\.range)
  }

  private static func windows(of text: String, _ count: Int) -> [String] {
    let letters = Array(text)
    guard letters.count > count else { return [text] }
    return (0...letters.count - count).map { String(letters[$0..<$0 + count]) }
  }

  /// Whether eight characters in a row of a secret can be read anywhere in a session.
  private func isShown(_ secret: String, in session: Session) -> Bool {
    let windows = Set(Self.windows(of: secret, 8).map { Array($0.utf8) })
    let told = Self.told(session.request.body) + "\n" + Self.told(session.body)
    let encoded = [session.request.target] + session.response.fields.list.map(\.value)
    let texts =
      [Recording(source: "planted", session: session).written(), session.body, Array(told.utf8)]
      + encoded.map { Array(($0.removingPercentEncoding ?? "").utf8) }
    let count = windows.first?.count ?? 0
    return texts.contains { text in
      guard text.count >= count else { return false }
      return (0...text.count - count).contains { start in
        windows.contains { $0.first == text[start] && text[start...].starts(with: $0) }
      }
    }
  }

  /// The text of a body: all its JSON strings and byte values joined, else its data.
  private static func told(_ body: [UInt8]) -> String {
    let events = ReferenceReader.events(in: body).map(\.data)
    let payloads = events.isEmpty ? body.split(separator: 0x0A).map { Array($0) } : events
    return payloads.map { payload in
      let value = try? JSONSerialization.jsonObject(with: Data(payload))
      return value.map(strings) ?? String(decoding: payload, as: UTF8.self)
    }.joined()
  }

  private static func strings(_ value: Any) -> String {
    switch value {
    case let text as String: text
    case let number as Int: UInt8(exactly: number).map { String(Unicode.Scalar($0)) } ?? ""
    case let list as [Any]: list.map(strings).joined()
    case let object as [String: Any]:
      object.sorted { $0.key < $1.key }.filter {
        $0.key != "type" && $0.key != "token" && $0.key != "index"
      }
      .map { strings($0.value) }.joined()
    default: ""
    }
  }

  /// Counts an ordinary text as changed when redaction changes it in any of the places.
  private mutating func count(_ text: String) {
    ordinaryCount += 1
    let said = PlantedPlace.quoted(text)
    var sessions = PlantedPlace.streams.prefix(3).flatMap {
      $0.sessions(text, before: "", after: "", step: max(text.utf8.count / 3, 1))
    }
    sessions.append(PlantedPlace.answer(Array(text.utf8)))
    var request = PlantedPlace.plain
    request.request.body = Array(#"{"messages":[{"content":"\#(said)"}],"note":"\#(said)"}"#.utf8)
    sessions.append(request)
    if text.hasPrefix("{") {
      request.request.body = Array(text.utf8)
      sessions.append(request)
    }
    for session in sessions {
      var redacted = session
      redact(&redacted)
      guard redacted != session else { continue }
      changed.append(text)
      return
    }
  }
}

extension RedactionFigures: CustomStringConvertible {
  /// The figures for printing.
  package var description: String {
    func share(_ part: Int, _ whole: Int) -> String {
      let thousandths = whole == 0 ? 0 : part * 1_000 / whole
      return "\(part) of \(whole) (\(thousandths / 10).\(thousandths % 10) %)"
    }
    var lines = [
      "planted      \(plantedCount) secrets in \(sessionCount) sessions",
      "redacted     \(share(plantedCount - left.count, plantedCount))",
      "lint finds   \(share(plantedCount - unseen.count, plantedCount)) of those in files that are not redacted",
      "ordinary     \(share(changed.count, ordinaryCount)) texts changed",
      "moved        \(moved.count) sessions whose lengths, borders or times changed",
    ]
    lines += left.map { "left         \($0)" } + unseen.map { "not found    \($0)" }
    lines += changed.map { "changed      \($0.prefix(90))" } + moved.map { "moved        \($0)" }
    return lines.joined(separator: "\n")
  }
}
