// A secret that was planted anywhere is not in the recording: not as it is, and not for a reader who
// puts the pieces together. What is not a secret stays, and so do all lengths and borders.

import Foundation
import MockQwen
import Testing
import Wire

@testable import Judging
@testable import Recordings
@testable import Terminal

@Suite struct RedactorTests {
  static let key = "sk-4f9d2c7ab81e4e0c9d35"
  static let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_X"

  /// Where secrets stand, as `S`, in the fields, the target, the request body or the response.
  static let plants: [(place: String, text: String, secret: String)] = [
    ("field", "Authorization: Bearer S", key), ("field", "authorization: S", key),
    ("field", "X-Api-Key: S", "any-local-word"), ("field", "Cookie: a=1; sid=S", "c0ffee-c0ffee"),
    ("field", "X-DashScope-Api-Key: S", key), ("field", "X-Custom: before S after", key),
    ("field", "OpenAI-Organization: S", "org-1234567"),
    ("answer", "Set-Cookie: acw_tc=S;path=/;HttpOnly", "76b20f8a17"),
    ("answer", "x-request-id: S", "3b1d9a70-52c8-91aa"),
    ("target", "/v1/x?api_key=S&a=b", "word-of-mine"), ("target", "/v1/x?key=S", "AIzaShort"),
    ("target", "/v1/x?a=b&access%5Ftoken=S", "t0kent0ken"), ("target", "/v1/S/x", key),
    ("request", #"{"messages":[{"content":"my key is S, keep it"}]}"#, key),
    ("request", #"{"user_id":"S"}"#, "1234-5678"), ("request", #"{"account_id":S}"#, "1665432109"),
    ("request", #"{"metadata":{"credentials":["S"]}}"#, "hunter2"),
    ("request", #"{"a":"{\"api_key\":\"S\"}"}"#, "plain-word-1"),
    ("request", #"{"a":"x","pass\u0077ord":"S\" \\ tail"}"#, "hunter2"),
    ("request", "grant_type=refresh&refresh_token=S&client=x", "abc.def-123"),
    ("response", "data: {\"choices\":[{\"delta\":{\"content\":\"say S!\"}}]}\n\n", key),
    ("response", "data: {\"choices\":[{\"delta\":{\"content\":\"S\"}}]}\n\n", jwt),
    ("response", #"{"error":{"message":"Incorrect key Bearer S."}}"#, "abc123def456"),
    ("response", #"{"error":{"message":"Incorrect key"},"request_id":"S"}"#, "2f5a-11e9-aa"),
    ("response", "<html><!-- token=1 access_token='S' --></html>", "zzz111yyy"),
    ("response", "curl -u bob:S https://h", "Us3rP4ss"),
    ("response", "wget --user=\"bob:S\"", "hun7er2"),
    ("response", "create user bob with password 'S';", "sqlP4ssw0rd77"),
    ("response", "machine h login bob password S", "n3trcP4ssw0rd"),
    ("response", "| name | value |\n| api_key | S |\n", "mdS3cretVal0x3"),
    ("response", "password=S and more", "ndj50nS3cretKey77"),
    ("response", "id: 1\ndata: {\"a\":\ndata: \"S\"}\n\n", "ghp_0123456789abcdefghij0123"),
    ("response", "data: {\"a\":\"\\u0073k\\u002dS\"}\n\n", "4f9d2c7ab81e4e0c9d35"),
  ]

  @Test(arguments: plants)
  func takesOut(_ place: String, _ text: String, _ secret: String) {
    var session = plain()
    let planted = text.replacing("S", with: secret, maxReplacements: 1)
    let text = place == "field" || place == "answer" ? replaced(text, secret) : planted
    switch place {
    case "field": session.request.fields = Fields([field(text)])
    case "answer": session.response.fields = Fields([field(text)])
    case "target": session.request.target = text
    case "request": session.request.body = Array(replaced(planted, secret).utf8)
    default: session.setBody(Array(planted.utf8))
    }
    let before = session
    #expect(!Redactor().redact(&session).isEmpty)
    expectLengthsStay(before, session)
    let file = String(decoding: written(session), as: UTF8.self)
    #expect(!file.contains(secret), "\(file)")
    let once = session
    #expect(Redactor().redact(&session).isEmpty)
    #expect(session == once)
  }

  /// What only looks like one.
  static let harmless = [
    #"{"messages":[{"role":"user","content":"task-management-system-design and risk-free"}]}"#,
    #"{"logprobs":{"content":[{"token":"Hello","logprob":-1}]},"max_tokens":1234567}"#,
    #"{"content":"a bearer of bad news; password: please; signature = none"}"#,
    #"{"model":"qwen-plus","id":"chatcmpl-77aa","created":1767225662}"#,
    #"{"api_key":"","password":null,"secret":"[redacted]","request_id":"xxxx-xx".}"#,
    "data: eyJ is how a JWT begins\n\n",
    "docker run -u 1000:1000 x; curl -u \"$NAME:$PASS1\" -u user:password; grep -u a1:b2",
    "cat key | sha256sum; echo $password | base64; password 'required'; the password a1b2c3 is known",
    "| key | value1 |\n| token_type | bearer1 |\n| password | the new one |\n",
    "password=sha256Key, password = oauth2Token1",
  ]

  @Test(arguments: harmless)
  func keepsWhatIsNoSecret(_ text: String) {
    let text = text.replacing("xxxx-xx", with: "xxxxxxx")
    var session = plain()
    session.request.body = Array(text.utf8)
    session.setBody(Array(text.utf8))
    let before = session
    #expect(Redactor().redact(&session) == [])
    #expect(session == before)
  }

  /// A delta as the dialects write it, with `S` for its text and `N` for its number.
  static let deltas = [
    #"{"choices":[{"delta":{"content":"S"},"index":0}],"id":"chatcmpl-1"}"#,
    #"{"choices":[{"index":0,"delta":{"content":null,"reasoning_content":"S"}}]}"#,
    #"{"choices":[{"delta":{"tool_calls":[{"index":1,"function":{"arguments":"S"}}]},"index":0}]}"#,
    #"{"output":{"choices":[{"message":{"content":"S"}}]},"request_id":"xxxx"}"#,
    #"{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"S"}}"#,
  ]

  @Test(arguments: deltas)
  func takesOutWhatIsSplitOverDeltasAnywhere(_ delta: String) {
    let said = Array(("a word, " + Self.key + " and more").utf8)
    for first in 1..<said.count - 1 {
      for second in [first + 1, first + 7, said.count - 1] where second < said.count {
        let pieces = [said[..<first], said[first..<second], said[second...]]
        let events = pieces.map { piece in
          let text = String(decoding: piece, as: UTF8.self)
          // Another choice speaks in between.
          return "data: \(delta.replacing("\"S\"", with: "\"\(text)\""))\n\n: ping\n\n"
            + "data: {\"choices\":[{\"delta\":{\"content\":\"noise \"},\"index\":7}]}\n\n"
        }
        var session = plain()
        session.setBody(Array(events.joined().utf8))
        let before = session
        Redactor().redact(&session)
        expectLengthsStay(before, session)
        let told = strings(session.body, like: delta)
        #expect(told.hasPrefix("a word, x") && told.hasSuffix("x and more"), "\(told)")
        #expect(!told.contains(Self.key.suffix(6)) && !told.contains(Self.key.prefix(6)))
      }
    }
  }

  @Test func takesOutArgumentsThatNameASecretInPieces() {
    let arguments = #"{\"city\":\"Berlin\",\"password\":\"hunter2hunter\"}"#
    for cut in 1..<arguments.utf8.count where Array(arguments.utf8)[cut - 1] != 0x5C {
      let text = Array(arguments.utf8)
      let events = [text[..<cut], text[cut...]].map { piece in
        let piece = String(decoding: piece, as: UTF8.self)
        return "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":"
          + "{\"arguments\":\"\(piece)\"}}]}}]}\n\n"
      }
      var session = plain()
      session.setBody(Array(events.joined().utf8))
      Redactor().redact(&session)
      let left = String(decoding: session.body, as: UTF8.self)
      #expect(!left.contains("hunt") && !left.contains("nter") && left.contains(#"i"#), "\(left)")
    }
  }

  @Test func takesOutTheBeginningsInFramesThatRepeat() {
    let key = Self.key
    let frames = (1...key.utf8.count).map { count in
      "data: {\"output\":{\"text\":\"it is \(key.prefix(count))\"}}\n\n"
    }
    var session = plain()
    session.setBody(Array(frames.joined().utf8))
    Redactor().redact(&session)
    #expect(!String(decoding: session.body, as: UTF8.self).contains(key.prefix(6)))
  }

  @Test func takesOutElsewhereWhatAFieldHasTold() {
    var session = plain()
    session.request.fields = [Field("Authorization", "Bearer a-plain-word"), Field("X-B", "b")]
    session.request.body = Array(#"{"messages":[{"content":"a-plain-word"}]}"#.utf8)
    session.setBody(Array(#"{"error":{"message":"not known: a-plain-word"}}"#.utf8))
    Redactor().redact(&session)
    #expect(!String(decoding: written(session), as: UTF8.self).contains("a-plain-word"))
    #expect(session.request.fields["Authorization"] == "Bearer [redacted]")
  }

  @Test func takesOutWhatTheUserSays() throws {
    let redactor = try Redactor(patterns: [#"Berlin\d+"#, "(?i)projekt [a-z]+"])
    var session = plain()
    session.request.body = Array(#"{"a":"in Berlin42 é","b":"PROJEKT Falke"}"#.utf8)
    session.setBody(
      Array("data: {\"c\":\"Ber\"}\n\ndata: {\"c\":\"lin7\"}\n\ndata: {\"c\":\"\\u00e9\"}\n\n".utf8)
    )
    redactor.redact(&session)
    #expect(
      String(decoding: session.request.body, as: UTF8.self)
        == #"{"a":"in xxxxxxxx é","b":"xxxxxxxxxxxxx"}"#)
    #expect(
      String(decoding: session.body, as: UTF8.self)
        == "data: {\"c\":\"xxx\"}\n\ndata: {\"c\":\"xxxx\"}\n\ndata: {\"c\":\"\\u00e9\"}\n\n")
    #expect(throws: UsageError.self) { try Redactor(patterns: ["("]) }
  }

  @Test func anyBytesAreTaken() {
    var generator = SeededGenerator(seed: 7)
    let alphabet: [UInt8] = Array("data: {}[]\"\\u0:,\n\rsk-beyJ.=".utf8) + [0, 0xFF, 0xC3, 0xA9]
    for _ in 0..<300 {
      var session = plain()
      session.setBody(
        (0..<generator.number(below: 200)).map { _ in
          alphabet[generator.number(below: alphabet.count)]
        })
      let before = session
      Redactor().redact(&session)
      expectLengthsStay(before, session)
    }
  }
}

/// `text` with every `S` that stands alone replaced.
private func replaced(_ text: String, _ secret: String) -> String {
  text.replacing(#/\bS\b/#, with: secret)
}

private func field(_ line: String) -> Field {
  let parts = line.split(separator: ": ", maxSplits: 1)
  return Field(String(parts[0]), String(parts[1]))
}

private func expectLengthsStay(_ before: Session, _ after: Session) {
  #expect(before.body.count == after.body.count)
  #expect(before.request.body.count == after.request.body.count)
  #expect(before.request.target.utf8.count == after.request.target.utf8.count)
  #expect(before.fragments == after.fragments)
  let blocks = { (session: Session) in ReferenceReader.blocks(in: session.body).map(\.range) }
  #expect(blocks(before) == blocks(after))
  let isJSON = { (bytes: [UInt8]) in
    (try? JSONSerialization.jsonObject(with: Data(bytes))) != nil
  }
  #expect(isJSON(before.request.body) == isJSON(after.request.body))
  #expect(isJSON(before.body) == isJSON(after.body))
}

/// What the deltas of one kind say together.
private func strings(_ body: [UInt8], like delta: String) -> String {
  let key = delta.split(separator: "\"S\"")[0].split(separator: "\"").dropLast().last ?? ""
  return ReferenceReader.events(in: body).map { String(decoding: $0.data, as: UTF8.self) }
    .filter { !$0.contains("noise") }
    .compactMap { $0.firstMatch(of: try! Regex("\"\(key)\":\"([^\"]*)\""))?.output[1].substring }
    .joined()
}

private func plain() -> Session {
  var session = Script.all[0].session
  session.request.fields = [Field("Accept", "a/b")]
  session.request.body = Array("{}".utf8)
  session.response.fields = [Field("content-type", "text/event-stream")]
  session.setBody(Array("data: {}\n\n".utf8))
  return session
}

private func written(_ session: Session) -> [UInt8] {
  Recording(source: "", session: session).written()
}

extension Session {
  fileprivate mutating func setBody(_ bytes: [UInt8]) {
    body = bytes
    // Borders inside everything.
    fragments = stride(from: 3, to: bytes.count, by: 3).map { Fragment(end: $0, milliseconds: 1) }
    if !bytes.isEmpty { fragments.append(Fragment(end: bytes.count, milliseconds: 2)) }
  }
}
