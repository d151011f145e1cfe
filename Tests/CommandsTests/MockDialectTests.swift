// `replay mock` without recordings answers each path in its own dialect: chats and native generations
// as streams or whole, what a gateway asks beside them, and what a browser asks before.

import MockQwen
import Testing
import Wire

@testable import Commands

@Suite struct MockDialectTests {
  struct Case: Sendable {
    var method = "POST"
    var target: String
    var fields: Fields = [Field("Authorization", "Bearer sk-1")]
    var body = ""
    var status = 200
    /// What stands in the answer's body.
    var part: String
    var type = "application/json"
  }

  private static let chat = "/compatible-mode/v1/chat/completions"
  private static let native = "/api/v1/services/aigc/text-generation/generation"
  private static let messages = #""messages":[{"role":"user","content":"Hi"}]"#

  static let cases: [Case] = [
    Case(
      target: chat, body: #"{"model":"m","stream":true,\#(messages)}"#,
      part: "chat.completion.chunk", type: "text/event-stream"),
    Case(target: chat, body: #"{"model":"m",\#(messages)}"#, part: #""object":"chat.completion""#),
    Case(
      target: chat, body: #"{"model":"m","stream":false,\#(messages)}"#,
      part: #""finish_reason":"stop""#),
    Case(
      target: native,
      fields: [Field("Authorization", "bearer sk-1"), Field("X-DashScope-SSE", "enable")],
      body: #"{"model":"m","input":{\#(messages)}}"#, part: #""output""#,
      type: "text/event-stream"),
    Case(target: native, body: #"{"model":"m","input":{\#(messages)}}"#, part: #"{"output""#),
    Case(
      target: "/compatible-mode/v1/completions", body: #"{"model":"m","prompt":"Hi"}"#,
      part: "text_completion"),
    Case(
      target: "/compatible-mode/v1/embeddings", body: #"{"model":"m","input":"Hi"}"#,
      part: "embedding"),
    Case(method: "GET", target: "/compatible-mode/v1/models", part: "qwen-plus"),
    Case(method: "GET", target: "/health", fields: [], part: "ok"),
    Case(method: "OPTIONS", target: chat, fields: [], status: 204, part: ""),
    Case(
      target: chat, fields: [Field("Authorization", "BEARER sk-1")],
      body: #"{"model":"m","stream":true,\#(messages)}"#, part: "chat.completion.chunk",
      type: "text/event-stream"),
    Case(
      target: chat, fields: [Field("Authorization", "Basic sk-1")], body: #"{"model":"m"}"#,
      status: 401, part: "invalid_api_key"),
    Case(
      target: native, fields: [], body: #"{"model":"m"}"#, status: 401, part: "InvalidApiKey"),
    Case(target: chat, body: "{", status: 400, part: "invalid_parameter_error"),
    Case(target: chat, body: "{}", status: 400, part: "model is required"),
    Case(method: "GET", target: "/nowhere", status: 404, part: "not_found"),
  ]

  @Test(arguments: cases) func answers(_ example: Case) throws {
    var rules = RequestRules(key: "sk-1")
    rules.takesWholeAnswers = true
    var library = SessionLibrary(
      Script.all.map(\.session).filter { $0.response.status == 200 }, plan: Plan(),
      keepsFraming: true, rules: rules)
    let request = Session.Request(
      method: example.method, target: example.target, fields: example.fields,
      body: Array(example.body.utf8))
    let session = library.delivery(for: request).transmission.session
    #expect(session.response.status == example.status)
    let text = String(decoding: session.body, as: UTF8.self)
    #expect(example.part.isEmpty || text.contains(example.part), "\(text.prefix(200))")
    guard example.status == 200 else { return }
    #expect(session.response.fields["Content-Type"]?.hasPrefix(example.type) == true)
  }
}
