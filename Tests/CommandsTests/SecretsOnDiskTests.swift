// Secrets at places, in pieces and under escapes that a seed draws, and the file that the recorder
// makes of the session: no reader finds them there, neither in the bytes of the file nor in what its
// parts say when they are put together.

import Foundation
import MockQwen
import TestSupport
import Testing
import Wire

@testable import Commands
@testable import Judging
@testable import Recordings
@testable import Terminal

@Suite struct SecretsOnDiskTests {
  static let seeds = Array(UInt64(1)...8)

  @Test(arguments: seeds) func areNeverThere(_ seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed)
    try await withTemporaryFolder { folder in
      let queue = CaptureQueue(
        try RecordingFolder(folder), CaptureRules(source: "test", redactor: Redactor())
      ) { _ in }
      var secrets: [(secret: String, shown: String)] = []
      for _ in 0..<40 {
        let secret = Self.secret(&generator)
        let (exchange, shown) = Self.exchange(secret, &generator)
        secrets.append((secret, shown))
        queue.add(exchange, at: .now)
      }
      queue.finish()
      #expect(queue.lostCount == 0)
      let files = try recordingFiles(at: [folder])
      #expect(files.count == secrets.count)
      for (path, recording) in files {
        let raw = String(decoding: FileManager.default.contents(atPath: path)!, as: UTF8.self)
        let session = recording.session
        let texts =
          [raw, session.request.target] + session.request.fields.list.map(\.value)
          + session.response.fields.list.map(\.value)
          + [Self.told(session.request.body), Self.told(session.body)]
        for (secret, shown) in secrets {
          let piece = Self.pieces(of: secret).first { piece in
            texts.contains { $0.contains(piece) }
          }
          #expect(piece == nil, "of \(secret) in \(path): \(shown)")
        }
      }
    }
  }

  /// A secret in two deltas, cut at every position, and the bytes of each cut there too or not.
  @Test(arguments: shapes) func splitAtEveryPositionTheyAreNotThere(_ shape: String) async throws {
    let secret = "sk-" + "7QwErTyUiOpAsDfGhJkL"
    let text = Array("It is \(secret), as said.")
    let offset = 6
    for redactor in [Redactor(), nil] {
      try await withTemporaryFolder { folder in
        let queue = CaptureQueue(
          try RecordingFolder(folder), CaptureRules(source: "test", redactor: redactor)
        ) { _ in }
        for position in offset...offset + secret.count {
          let deltas = [String(text[..<position]), String(text[position...])]
          // A blank at the beginning of a value is the format's, not the text's.
          let body = Array(
            deltas.map { "data: \(shape.replacing("S", with: $0))\n\n" }.joined().utf8)
          let ends = position % 2 == 0 ? Array(1...body.count) : [body.count]
          queue.add(
            Self.exchange(body, ends.map { Session.Fragment(end: $0, milliseconds: 0) }), at: .now)
        }
        queue.finish()
        let files = try recordingFiles(at: [folder])
        #expect(files.count == secret.count + 1)
        for (path, recording) in files {
          let raw = String(decoding: FileManager.default.contents(atPath: path)!, as: UTF8.self)
          let texts = [raw, Self.told(recording.session.body)]
          let isShown = Self.pieces(of: secret).contains { piece in
            texts.contains { $0.contains(piece) }
          }
          // The check sees what nobody redacts.
          #expect(isShown == (redactor == nil), "\(path)")
          #expect(texts[1].hasPrefix("It is ") && texts[1].hasSuffix(", as said."), "\(texts[1])")
        }
      }
    }
  }

  private static func exchange(
    _ body: [UInt8], _ fragments: [Session.Fragment]
  ) -> CapturedExchange {
    CapturedExchange(
      request: Session.Request(method: "POST", target: "/", fields: [], body: Array("{}".utf8)),
      response: ResponseHead(status: 200, fields: [Field("Content-Type", "text/event-stream")]),
      framing: .chunked, body: body, fragments: fragments,
      end: ResponseRecorder.End(ending: .complete, side: .upstream), start: 0)
  }

  /// What no part of a recording may show: every eight bytes of the secret's random part.
  private static func pieces(of secret: String) -> [String] {
    let random = Array(secret.drop { $0 != "." && $0 != "-" }.dropFirst())
    return (0...random.count - 8).map { String(random[$0..<$0 + 8]) }
  }

  private static func secret(_ generator: inout SeededGenerator) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    func random(_ count: Int, _ generator: inout SeededGenerator) -> String {
      String((0..<count).map { _ in letters[generator.number(below: letters.count)] })
    }
    let tail = "7" + random(19 + generator.number(below: 20), &generator)
    return switch generator.number(below: 3) {
    case 0: "sk-" + tail
    case 1: "LTAI-" + tail
    default: "eyJhbGciOiJIUzI1NiJ9." + tail
    }
  }

  /// A session that has the secret at a place that is drawn; and the place, for a person.
  private static func exchange(
    _ secret: String, _ generator: inout SeededGenerator
  ) -> (CapturedExchange, shown: String) {
    var request = Session.Request(
      method: "POST", target: "/v1/chat/completions", fields: [],
      body: Array(#"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#.utf8))
    var response = ResponseHead(status: 200, fields: [Field("Content-Type", "text/event-stream")])
    var body = Array("data: {}\n\n".utf8)
    let place = generator.number(below: 7)
    switch place {
    case 0: request.fields.add("Authorization", "Bearer \(secret)")
    case 1: request.fields.add("X-Note", "the key \(secret), they say")
    case 2: request.target += "?a=b&note=\(secret)"
    case 3:
      let text = escaped("use \(secret) please", &generator)
      request.body = Array(#"{"model":"m","messages":[{"content":[\#(parts(text))]}]}"#.utf8)
    case 4: response.fields.add("Location", "/callback/\(secret)/end")
    case 5: body = Array("data: {\"error\":{\"message\":\"bad key: \(secret).\"}}\n\n".utf8)
    default: body = stream("It is \(secret), as said.", &generator)
    }
    let fragments = cuts(of: body.count, &generator)
    let exchange = CapturedExchange(
      request: request, response: response, framing: .chunked, body: body, fragments: fragments,
      end: ResponseRecorder.End(ending: .complete, side: .upstream), start: 0)
    let shown = place > 4 ? String(decoding: body, as: UTF8.self) : "place \(place)"
    return (exchange, shown)
  }

  /// A text as parts of one message, each of a few characters.
  private static func parts(_ text: [String]) -> String {
    stride(from: 0, to: text.count, by: 9).map {
      #"{"type":"text","text":"\#(text[$0..<min($0 + 9, text.count)].joined())"}"#
    }.joined(separator: ",")
  }

  /// The characters of a text as they stand in a JSON string, some of them as escapes.
  private static func escaped(
    _ text: String, _ generator: inout SeededGenerator
  ) -> [String] {
    let share = generator.number(below: 3) * 20
    return text.unicodeScalars.map { scalar in
      guard generator.number(below: 100) < share else { return String(scalar) }
      let digits = String(scalar.value, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }

  /// Events that say a piece of a text, which stands for `S`.
  static let shapes = [
    #"{"choices":[{"delta":{"content":"S"},"index":0}]}"#,
    #"{"choices":[{"index":0,"delta":{"reasoning_content":"S","content":null}}]}"#,
    #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"S"}}]}}]}"#,
    #"{"output":{"choices":[{"message":{"content":"S"}}]}}"#, "S",
  ]

  /// A text as deltas of a stream, cut anywhere, with noise between them.
  private static func stream(_ text: String, _ generator: inout SeededGenerator) -> [UInt8] {
    let shape = shapes[generator.number(below: shapes.count)]
    let characters = shape == "S" ? text.map(String.init) : escaped(text, &generator)
    let lineEnd = ["\n", "\r\n", "\r"][generator.number(below: 3)]
    let most = [1, 4, 30][generator.number(below: 3)]
    var stream = ""
    var start = 0
    while start < characters.count {
      let end = min(start + 1 + generator.number(below: most), characters.count)
      // A blank at the beginning of a value is the format's, not the text's.
      let piece = characters[start..<end].joined()
      stream += "data: \(shape.replacing("S", with: piece))\(lineEnd)\(lineEnd)"
      if generator.number(below: 4) == 0 { stream += ": ping\(lineEnd)\(lineEnd)" }
      start = end
    }
    return Array(stream.utf8)
  }

  private static func cuts(
    of count: Int, _ generator: inout SeededGenerator
  ) -> [Session.Fragment] {
    var ends = Set(
      (0..<generator.number(below: 20)).map { _ in 1 + generator.number(below: count) })
    ends.insert(count)
    return ends.sorted().map { Session.Fragment(end: $0, milliseconds: 0) }
  }

  /// What a body says: all its JSON strings one after the other, else its data.
  private static func told(_ body: [UInt8]) -> String {
    let events = ReferenceReader.events(in: body).map(\.data)
    return (events.isEmpty ? [body] : events).map { payload in
      let value = try? JSONSerialization.jsonObject(with: Data(payload))
      return value.map(strings) ?? String(decoding: payload, as: UTF8.self)
    }.joined()
  }

  private static func strings(_ value: Any) -> String {
    switch value {
    case let text as String: text
    case let list as [Any]: list.map(strings).joined()
    case let object as [String: Any]:
      object.sorted { $0.key < $1.key }.filter { $0.key != "type" }.map { strings($0.value) }
        .joined()
    default: ""
    }
  }
}
