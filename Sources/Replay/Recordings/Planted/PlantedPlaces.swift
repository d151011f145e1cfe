// The places into which the self-test plants its secrets. A place is a way to write a session around a
// text: in a field, in a request, in an answer whose text comes in pieces. If the text is streamed, there
// is one session for every position at which the secret can be cut in two.

internal import Foundation
internal import MockQwen
internal import Wire

/// A place for a text.
struct PlantedPlace: Sendable {
  var name: String
  /// Sessions that hold `before + secret + after` at this place.
  private let write:
    @Sendable (_ before: String, _ secret: String, _ after: String, _ step: Int) -> [Session]

  /// The sessions of a secret; in a stream, one for each `step`-th position at which it is cut.
  func sessions(_ secret: String, before: String, after: String, step: Int) -> [Session] {
    write(before, secret, after, step)
  }

  private init(_ name: String, _ change: @escaping @Sendable (inout Session, String) -> Void) {
    self.name = name
    write = { before, secret, after, _ in
      var session = Self.plain
      change(&session, before + secret + after)
      return [session]
    }
  }

  /// A stream of deltas; `shape` holds a piece of the text for `S`.
  private init(stream name: String, _ shape: String, isEscaped: Bool = false, isJSON: Bool = true) {
    self.name = name
    write = { before, secret, after, step in
      stride(from: 0, through: secret.utf8.count, by: step).map { position in
        let text = Array((before + secret + after).utf8)
        let cut = before.utf8.count + position
        // Three pieces, so that the second border moves too.
        let second = min(cut + 1 + position % 7, text.count)
        let pieces = [text[..<cut], text[cut..<second], text[second...]]
        let body = pieces.map { piece in
          let text = String(decoding: piece, as: UTF8.self)
          let said = isJSON ? Self.quoted(text, escapesAll: isEscaped) : text
          return "data: \(shape.replacing("S", with: said))\n\n"
        }
        return Self.answer(Array((body.joined(separator: ": ping\n\n") + "data: [DONE]\n\n").utf8))
      }
    }
  }

  static let plain: Session = answer(Array("data: {\"choices\":[]}\n\ndata: [DONE]\n\n".utf8))

  /// A session with this answer, read in small pieces.
  static func answer(_ body: [UInt8]) -> Session {
    let ends = Array(stride(from: 5, to: body.count, by: 5)) + (body.isEmpty ? [] : [body.count])
    return Session(
      name: "planted",
      request: Session.Request(
        method: "POST", target: "/v1/chat/completions",
        fields: [Field("Accept", "text/event-stream")],
        body: Array(#"{"model":"qwen-plus","messages":[{"role":"user","content":"Hi"}]}"#.utf8)),
      response: ResponseHead(status: 200, fields: [Field("Content-Type", "text/event-stream")]),
      framing: .chunked, body: body,
      fragments: ends.enumerated().map { Session.Fragment(end: $1, milliseconds: $0) },
      ending: .complete)
  }

  /// A text inside a JSON string.
  static func quoted(_ text: String, escapesAll: Bool = false) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"": return "\\\""
      case "\\": return "\\\\"
      case "\n": return "\\n"
      case "\r": return "\\r"
      default:
        guard escapesAll else { return String(scalar) }
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }.joined()
  }

  private static func percentEncoded(_ text: String) -> String {
    text.utf8.map { byte in
      isAlphanumeric(byte) && byte % 3 != 0
        ? String(Unicode.Scalar(byte)) : "%" + String(format: "%02X", byte)
    }.joined()
  }
}

extension PlantedPlace {
  /// Streams, in which a secret comes in pieces.
  static let streams = [
    PlantedPlace(stream: "content", #"{"choices":[{"delta":{"content":"S"},"index":0}]}"#),
    PlantedPlace(
      stream: "reasoning", #"{"choices":[{"index":0,"delta":{"reasoning_content":"S"}}]}"#),
    PlantedPlace(
      stream: "arguments",
      #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"S"}}]}}]}"#),
    PlantedPlace(stream: "native", #"{"output":{"choices":[{"message":{"content":"S"}}]}}"#),
    PlantedPlace(stream: "escapes", #"{"choices":[{"delta":{"content":"S"}}]}"#, isEscaped: true),
    PlantedPlace(stream: "plain data", "S", isJSON: false),
    PlantedPlace(
      stream: "text delta", #"{"type":"content_block_delta","index":1,"delta":{"text":"S"}}"#),
  ]

  /// Places that hold a text in one piece.
  static let texts = [
    PlantedPlace("message") { session, text in
      session.request.body = Array(#"{"messages":[{"content":"\#(quoted(text))"}]}"#.utf8)
    },
    PlantedPlace("message parts") { session, text in
      let parts = stride(from: 0, to: text.count, by: 9).map { text.dropFirst($0).prefix(9) }
      let list = parts.map { #"{"type":"text","text":"\#(quoted(String($0)))"}"# }.joined(
        separator: ",")
      session.request.body = Array(#"{"messages":[{"content":[\#(list)]}]}"#.utf8)
    },
    PlantedPlace("a JSON in a JSON") { session, text in
      let inner = quoted(#"{"note":"\#(quoted(text))"}"#)
      session.request.body = Array(
        #"{"messages":[{"tool_calls":[{"arguments":"\#(inner)"}]}]}"#.utf8)
    },
    PlantedPlace("error") { session, text in
      session.response.status = 401
      session.setBody(#"{"error":{"message":"bad key: \#(quoted(text))"}}"#)
    },
    PlantedPlace("second line") { session, text in
      session.setBody(
        "{\"a\":1}\n{\"message\":{\"content\":\"\(quoted(text))\"}}\n{\"done\":true}\n")
    },
    PlantedPlace("byte order mark") { session, text in
      session.setBody(
        "\u{FEFF}data: {\"choices\":[{\"delta\":{\"content\":\"\(quoted(text))\"}}]}\n\n")
    },
    PlantedPlace("comment") { session, text in
      session.setBody(": \(text.replacing("\n", with: " "))\n\ndata: [DONE]\n\n")
    },
    PlantedPlace("page") { session, text in session.setBody("<html><!-- \(text) --></html>\n") },
    PlantedPlace("token bytes") { session, text in
      let events = stride(from: 0, to: text.utf8.count, by: 3).map { start in
        let bytes = Array(text.utf8)[start..<min(start + 3, text.utf8.count)]
        return
          "data: {\"choices\":[{\"index\":0,\"logprobs\":{\"content\":[{\"token\":\"?\",\"bytes\":["
          + bytes.map(String.init).joined(separator: ",") + "]}]}}]}\n\n"
      }
      session.setBody(events.joined())
    },
  ]

  /// Places in heads, for texts without line ends.
  static let heads = [
    PlantedPlace("a field") { $0.request.fields.add("X-Note", $1) },
    PlantedPlace("a response field") { $0.response.fields.add("X-Note", $1) },
    PlantedPlace("Location") {
      $0.response.fields.add("Location", "/login?next=\(Self.percentEncoded($1))")
    },
    PlantedPlace("Referer") { $0.request.fields.add("Referer", "https://h.example/a/\($1)/b") },
    PlantedPlace("target") { $0.request.target += "?note=\(Self.percentEncoded($1))" },
    PlantedPlace("reason") { $0.response.reason = "Denied \($1)" },
  ]
}

extension Session {
  /// Replaces the answer of a session.
  fileprivate mutating func setBody(_ text: String) {
    let session = PlantedPlace.answer(Array(text.utf8))
    body = session.body
    fragments = session.fragments
  }
}
