// What the mock refuses, in DashScope's two shapes, and what it lets pass.

import Foundation
import MockQwen
import Testing
import Wire

@Suite struct RequestRulesTests {
  static let compatible = "/compatible-mode/v1/chat/completions"
  static let native = "/api/v1/services/aigc/text-generation/generation"
  static let good = #"{"model":"qwen-plus","stream":true}"#

  /// A request, and the status and code of its refusal (nil: it passes).
  struct Row: CustomTestStringConvertible {
    var name: String
    var method = "POST"
    var target = compatible
    var fields: Fields = [Field("Authorization", "Bearer sk-1")]
    var body = good
    var status: Int?
    var code = ""
    /// A word that the message must hold.
    var word = ""

    var testDescription: String { name }

    var request: Session.Request {
      Session.Request(method: method, target: target, fields: fields, body: Array(body.utf8))
    }
  }

  static let passing = [
    Row(name: "compatible"),
    Row(name: "a query", target: compatible + "?x=/generation"),
    Row(name: "another base path", target: "/v1/chat/completions"),
    Row(name: "more members", body: #"{"messages":[],"stream":true,"model":"m","n":1.5}"#),
    Row(
      name: "native",
      target: native,
      fields: [
        Field("authorization", "Bearer sk-1"), Field("x-dashscope-sse", "Enable"),
      ], body: #"{"model":"qwen-plus","input":{}}"#),
    Row(
      name: "native with a query",
      target: native + "?a=b",
      fields: [
        Field("X-DashScope-SSE", "enable"), Field("Authorization", "Bearer sk-1"),
      ], body: #"{"model":"qwen-plus"}"#),
  ]

  @Test(arguments: passing) func letsPass(_ row: Row) {
    #expect(RequestRules().errorAnswer(to: row.request) == nil)
    #expect(RequestRules(key: "sk-1").errorAnswer(to: row.request) == nil)
    #expect(RequestRules(key: "sk-2").errorAnswer(to: row.request)?.status == 401)
  }

  @Test(arguments: Script.all) func letsTheScriptsPass(_ script: Script) {
    #expect(RequestRules().errorAnswer(to: script.session.request) == nil)
    #expect(RequestRules(key: "[redacted]").errorAnswer(to: script.session.request) == nil)
  }

  static let keyless: [(String, Fields)] = [
    ("no key", []), ("an empty value", [Field("Authorization", "")]),
    ("a scheme alone", [Field("Authorization", "Bearer")]),
    ("an empty key", [Field("Authorization", "Bearer ")]),
    ("another scheme", [Field("Authorization", "Basic sk-1")]),
    ("a bare key", [Field("Authorization", "sk-1")]),
    ("another field", [Field("X-Api-Key", "sk-1")]),
    (
      "two keys",
      [Field("Authorization", "Bearer sk-1"), Field("authorization", "Bearer sk-1")]
    ),
  ]

  @Test(arguments: keyless, [compatible, native])
  func asksForAKey(_ row: (name: String, fields: Fields), _ target: String) throws {
    for rules in [RequestRules(), RequestRules(key: "sk-1")] {
      var request = Row(name: row.name, target: target).request
      request.fields = row.fields
      let refusal = try #require(rules.errorAnswer(to: request))
      #expect(refusal.status == 401)
      #expect(refusal.code == (target == Self.native ? "InvalidApiKey" : "invalid_api_key"))
    }
  }

  @Test(arguments: ["sk-", "sk-11", "SK-1", "sk-1 ", " sk-1", "sk-2"])
  func asksForTheRightKey(_ key: String) {
    let request = Row(name: key, fields: [Field("Authorization", "Bearer \(key)")]).request
    #expect(RequestRules(key: "sk-1").errorAnswer(to: request)?.status == 401)
  }

  static let refused: [Row] = [
    Row(
      name: "wrong path", target: "/v1/models", status: 404, code: "not_found", word: "path"),
    Row(name: "path in the query", target: "/?/chat/completions", status: 404, code: "not_found"),
    Row(
      name: "longer path", target: compatible + "/", status: 404, code: "not_found"),
    Row(
      name: "wrong method", method: "GET", status: 405, code: "method_not_allowed", word: "POST"),
    Row(name: "method in lower case", method: "post", status: 405, code: "method_not_allowed"),
    Row(
      name: "native, wrong method", method: "PUT", target: native, status: 405,
      code: "MethodNotAllowed"),
    Row(name: "empty body", body: "", status: 400, word: "JSON"),
    Row(name: "no JSON", body: "model=qwen", status: 400, word: "not valid JSON"),
    Row(name: "cut JSON", body: String(good.dropLast()), status: 400, word: "not valid JSON"),
    Row(name: "JSON behind JSON", body: good + good, status: 400, word: "not valid JSON"),
    Row(name: "no object", body: "[]", status: 400, word: "object"),
    Row(name: "no model", body: #"{"stream":true}"#, status: 400, word: "model"),
    Row(name: "null model", body: #"{"model":null,"stream":true}"#, status: 400, word: "model"),
    Row(name: "model as number", body: #"{"model":5,"stream":true}"#, status: 400, word: "model"),
    Row(name: "no stream", body: #"{"model":"m"}"#, status: 400, word: "stream"),
    Row(name: "stream false", body: #"{"model":"m","stream":false}"#, status: 400, word: "stream"),
    Row(name: "stream null", body: #"{"model":"m","stream":null}"#, status: 400, word: "stream"),
    Row(
      name: "stream as text", body: #"{"model":"m","stream":"true"}"#, status: 400, word: "stream"),
    Row(
      name: "stream as number", body: #"{"model":"m","stream":1}"#, status: 400, word: "stream"),
    Row(
      name: "native without its header", target: native, body: #"{"model":"m"}"#, status: 400,
      code: "InvalidParameter", word: "stream"),
    Row(
      name: "native with its header off", target: native,
      fields: [Field("Authorization", "Bearer k"), Field("X-DashScope-SSE", "disable")],
      body: #"{"model":"m"}"#, status: 400, code: "InvalidParameter", word: "stream"),
    Row(
      name: "native, no JSON", target: native, body: "{", status: 400, code: "InvalidParameter",
      word: "JSON"),
  ]

  @Test(arguments: refused) func refuses(_ row: Row) throws {
    let refusal = try #require(RequestRules().errorAnswer(to: row.request))
    let code = row.code.isEmpty ? "invalid_parameter_error" : row.code
    #expect(refusal.status == row.status)
    #expect(refusal.code == code)
    #expect(row.word.isEmpty || refusal.message.contains(row.word))
    let isNative = row.target == Self.native
    #expect(refusal.isNative == isNative)

    let answer = refusal.session(to: row.request)
    #expect(answer.request == row.request)
    #expect(answer.response.status == row.status)
    #expect(answer.response.fields["Content-Type"] == "application/json")
    #expect(answer.ending == .complete)
    #expect(answer.fragments.last?.end == answer.body.count)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    let id = try #require(object["request_id"] as? String)
    #expect(answer.response.fields["x-request-id"] == id)
    if isNative {
      #expect(object.keys.sorted() == ["code", "message", "request_id"])
      #expect(object["code"] as? String == code)
      #expect(object["message"] as? String == refusal.message)
    } else {
      #expect(object.keys.sorted() == ["error", "request_id"])
      let error = try #require(object["error"] as? [String: Any])
      #expect(error.keys.sorted() == ["code", "message", "param", "type"])
      #expect(error["code"] as? String == code)
      #expect(error["message"] as? String == refusal.message)
      #expect(error["type"] as? String == "invalid_request_error")
      #expect(error["param"] is NSNull)
    }
  }

  @Test func isDeliveredLikeAnyOther() throws {
    let request = Row(name: "no key", fields: []).request
    let refusal = try #require(RequestRules().errorAnswer(to: request))
    let delivery = Delivery(refusal.session(to: request), try Plan("framing=length"))
    #expect(delivery.ending == .keep)
    let wire = text(delivery.transmission.bytes)
    #expect(wire.hasPrefix("HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n"))
    #expect(wire.hasSuffix(#""request_id":"00000000-0000-9000-8000-000000000000"}"#))
  }
}
