// Recordings as a mock beyond chats: whatever was recorded is answered, whatever DashScope would say to
// the request; and what was not recorded is a loud miss.

import MockQwen
import Testing
import Wire

@testable import Commands

@Suite struct RecordedPathsTests {
  private static func request(
    _ method: String, _ target: String, _ body: String = "", isKeyed: Bool = true
  ) -> Session.Request {
    Session.Request(
      method: method, target: target,
      fields: isKeyed ? [Field("Authorization", "Bearer any")] : [], body: Array(body.utf8))
  }

  static let chat = "/compatible-mode/v1/chat/completions"
  static let native = "/api/v1/services/aigc/text-generation/generation"
  static let question = #"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#

  /// The recordings: name, status, request.
  static let recorded: [(name: String, status: Int, request: Session.Request)] = [
    ("models", 200, request("GET", "/compatible-mode/v1/models")),
    ("model", 200, request("GET", "/compatible-mode/v1/models/qwen-plus")),
    ("embeddings", 200, request("POST", "/v1/embeddings", #"{"model":"e","input":["a","b"]}"#)),
    ("no key", 401, request("POST", chat, question, isKeyed: false)),
    (
      "native", 200,
      request("POST", native, #"{"model":"m","input":{"messages":[{"content":"Hi"}]}}"#)
    ),
    (
      "native prompt", 200, request("POST", native, #"{"model":"m","input":{"prompt":"Hi"}}"#)
    ),
    ("completion", 200, request("POST", "/v1/completions", #"{"model":"m","prompt":"Hi"}"#)),
    ("task", 200, request("POST", "/api/v1/tasks/start", #"{"kind":"a","size":1}"#)),
  ]

  /// A request, and the recording that answers it; nil where none does.
  static let asked: [(request: Session.Request, answer: String?)] = [
    (request("GET", "/v1/models"), "models"), (request("HEAD", "/v1/models"), nil),
    (request("POST", "/v1/models", "{}"), nil), (request("GET", "/v1/models/qwen-plus"), "model"),
    (request("GET", "/v1/models/qwen-max"), nil),
    (request("POST", "/v1/embeddings", #"{"input":["a","b"],"model":"e"}"#), "embeddings"),
    (request("POST", "/v1/embeddings", #"{"input":["a","c"],"model":"e"}"#), nil),
    (request("POST", "/v1/embeddings", #"{"input":["a"],"model":"e"}"#), nil),
    (request("POST", chat, question), "no key"),
    (request("POST", chat, question, isKeyed: false), "no key"),
    (
      request("POST", native, #"{"input":{"messages":[{"content":"Hi"}]},"model":"m"}"#), "native"
    ),
    (request("POST", native, #"{"input":{"prompt":"Hi"},"model":"m"}"#), "native prompt"),
    (request("POST", native, #"{"input":{"prompt":"Ho"},"model":"m"}"#), nil),
    (request("POST", "/v1/completions", #"{"model":"m","prompt":"Hi"}"#), "completion"),
    (request("POST", "/api/v1/tasks/start", #"{"size":1,"kind":"a"}"#), "task"),
    (request("POST", "/api/v1/tasks/start", #"{"size":2,"kind":"a"}"#), nil),
    (request("DELETE", "/nowhere"), nil),
  ]

  private static func library(_ rules: RequestRules = RequestRules()) -> SessionLibrary {
    let sessions = recorded.map { name, status, request in
      var session = Script.all[0].session
      session.name = name
      session.response.status = status
      session.request = request
      return session
    }
    return SessionLibrary(
      sessions, plan: Plan(), keepsFraming: true, rules: rules, isRecording: { _ in true })
  }

  @Test(arguments: asked)
  func answersWhatWasRecorded(_ request: Session.Request, _ answer: String?) {
    var library = Self.library()
    let session = library.delivery(for: request).transmission.session
    if let answer {
      #expect(session.name == answer)
      #expect(session.response.status == Self.recorded.first { $0.name == answer }?.status)
    } else {
      #expect(session.response.status == 599, "\(session.name)")
    }
    #expect(library.missCount == (answer == nil ? 1 : 0))
  }

  @Test func asksForTheKeyThatItWasGiven() {
    var library = Self.library(RequestRules(key: "right"))
    func status(_ key: String, _ target: String) -> Int {
      let request = Session.Request(
        method: "GET", target: target, fields: [Field("Authorization", "Bearer \(key)")], body: [])
      return library.delivery(for: request).transmission.session.response.status
    }
    #expect(status("wrong", "/v1/models") == 401)
    #expect(status("right", "/v1/models") == 200)
    #expect(status("wrong", "/health") == 200)
  }

  @Test func scriptsAnswerOnlyWhatDashScopeTakes() {
    var library = SessionLibrary(
      Script.all.map(\.session), plan: Plan(), keepsFraming: true, rules: RequestRules())
    func status(_ request: Session.Request) -> Int {
      library.delivery(for: request).transmission.session.response.status
    }
    let stream = #"{"model":"m","messages":[],"stream":true}"#
    #expect(status(Self.request("GET", "/v1/models")) == 200)
    #expect(status(Self.request("GET", "/v1/nowhere")) == 404)
    #expect(status(Self.request("POST", Self.chat, Self.question)) == 400)
    #expect(status(Self.request("POST", Self.chat, stream, isKeyed: false)) == 401)
    #expect(status(Self.request("POST", Self.chat, stream)) == 200)
  }

  static let targets: [(path: String, asked: String, target: String)] = [
    ("/compatible-mode/v1", "/compatible-mode/v1/models", "/compatible-mode/v1/models"),
    ("/compatible-mode/v1", "/v1/models?a=b", "/compatible-mode/v1/models?a=b"),
    ("/compatible-mode/v1", "/models", "/compatible-mode/v1/models"),
    ("/compatible-mode/v1", "/v1", "/compatible-mode/v1"),
    ("/compatible-mode/v1", "/v1?a", "/compatible-mode/v1?a"),
    ("/compatible-mode/v1", "/v10/models", "/compatible-mode/v1/v10/models"),
    (
      "/compatible-mode/v1", "/compatible-mode/models", "/compatible-mode/v1/compatible-mode/models"
    ),
    ("", "/models", "/models"), ("/v1", "/v1/v1", "/v1/v1"),
    // RFC 9112 section 3.2.1: a server is asked in origin form, however the client has put it.
    ("/v1", "http://recorder:80/v1/models?a=b", "/v1/models?a=b"),
    ("/v1", "HTTPS://recorder/models", "/v1/models"), ("/v1", "http://recorder", "/v1/"),
    ("", "http://recorder?a", "/?a"), ("", "*", "*"),
    ("", "/a?http://x/y", "/a?http://x/y"),
  ]

  @Test(arguments: targets)
  func aBaseURLMayEndEarlierForTheRecorder(_ path: String, _ asked: String, _ target: String) {
    var recorded = RecordingConnection(
      upstream: BaseURL(scheme: .http, host: "h", port: 80, path: path), silenceMax: 10)
    var outputs: [RecordingConnection.Output] = []
    recorded.handle(
      .client(Array("GET \(asked) HTTP/1.1\r\nHost: h\r\n\r\n".utf8)), at: 0, into: &outputs)
    let sent = outputs.compactMap { if case .upstream(let bytes) = $0 { bytes } else { nil } }
    #expect(
      String(decoding: sent.joined(), as: UTF8.self).hasPrefix("GET \(target) HTTP/1.1\r\n"))
  }
}
