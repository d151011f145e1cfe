// What each path and method gets: which requests go upstream and where to, what is answered at once,
// and what browsers are told.

import Foundation
import ProxyUnderTest
import Testing
import Wire

@Suite struct RouteTests {
  /// Targets of requests without a body, and whether they go upstream.
  static let targets: [(target: String, goesUpstream: Bool)] = [
    ("/v1/chat/completions", true),
    ("/v1/chat/completions?a=b", true),
    // RFC 9112 section 3.2.2: a server takes the absolute form too.
    ("http://p.example:80/v1/chat/completions", true),
    ("HTTPS://p/v1/chat/completions?a=b", true),
    ("/v1/completions", true),
    ("/v1/embeddings", true),
    ("http://p", false),
    ("http:///v1/chat/completions", false),
    ("ftp://p/v1/chat/completions", false),
    ("//p/v1/chat/completions", false),
    ("/x?http://p/v1/chat/completions", false),
    // Base URLs are often put together with a slash too many.
    ("/v1/chat/completions/", true),
    ("//v1/chat/completions", true),
    ("/v1//chat/completions//?a=b", true),
    ("http://p//v1/chat/completions", true),
    ("http://p?/v1/chat/completions", false),
    ("/V1/chat/completions", false),
    ("/v1/chat", false),
    ("/v1", false),
    ("/v1/", false),
    ("/chat/completions", false),
    ("/v1/models/qwen-plus", false),
    ("*", false),
  ]

  @Test(arguments: targets) func knowsItsPath(_ target: String, goesUpstream: Bool) {
    let bench = asking(octets("POST \(target) HTTP/1.1\r\nHost: p\r\n\r\n"))
    #expect(bench.outputs.orders == (goesUpstream ? [.connect] : []))
    #expect(bench.responses?.map(\.status) == (goesUpstream ? [] : [404]))
  }

  /// What goes upstream: the start of a request, and the target there.
  static let upstream: [(start: String, target: String)] = [
    ("POST /v1/chat/completions", "POST /base/v1/chat/completions"),
    ("POST /v1/completions?api-version=1&x=%20", "POST /base/v1/completions?api-version=1&x=%20"),
    ("POST //v1/completions/?", "POST /base/v1/completions?"),
    ("POST http://p/v1/completions?a=b?c&&d", "POST /base/v1/completions?a=b?c&&d"),
    // A key in a query is the client's own, as one in a field is.
    ("POST /v1/completions?key=secret", "POST /base/v1/completions"),
    ("POST /v1/completions?a=1&api_key=secret&b=2", "POST /base/v1/completions?a=1&b=2"),
    ("POST /v1/completions?access_token=secret&a", "POST /base/v1/completions?a"),
    ("POST /v1/embeddings", "POST /base/v1/embeddings"),
    ("GET /v1/models", "GET /base/v1/models"),
    ("GET /v1/models?a", "GET /base/v1/models?a"),
    ("HEAD /v1/models", "HEAD /base/v1/models"),
  ]

  @Test(arguments: upstream) func goesToTheSamePathUpstream(_ start: String, target: String) {
    var bench = asking(octets("\(start) HTTP/1.1\r\nHost: p\r\nContent-Length: 2\r\n\r\n[]"))
    #expect(bench.outputs == [.connect])
    let hasBody = target.hasPrefix("POST")
    #expect(
      bench.take(.upstreamConnected) == [
        .upstream(
          octets(
            "\(target) HTTP/1.1\r\nHost: up.example:8080\r\n"
              + "Authorization: Bearer \(Bench.key)\r\nAccept-Encoding: identity\r\n"
              + "Via: 1.1 replay\r\n\(hasBody ? "Content-Length: 2\r\n" : "")"
              + "Connection: close\r\n\r\n\(hasBody ? "[]" : "")"))
      ])
  }

  /// What is answered without the upstream: the connection stays open.
  static let routes: [(start: String, status: Int, body: String, allowed: [String])] = [
    ("GET /health", 200, #"{"status":"ok"}"#, []),
    ("GET /health?a", 200, #"{"status":"ok"}"#, []),
    ("HEAD /health", 200, "", []),
    ("POST /health", 405, "method_not_allowed", ["GET, HEAD, OPTIONS"]),
    ("get /health", 405, "method_not_allowed", ["GET, HEAD, OPTIONS"]),
    ("GET /v1/chat/completions", 405, "method_not_allowed", ["POST, OPTIONS"]),
    ("HEAD /v1/chat/completions", 405, "", ["POST, OPTIONS"]),
    ("PUT /v1/completions", 405, "method_not_allowed", ["POST, OPTIONS"]),
    ("GET /v1/embeddings", 405, "method_not_allowed", ["POST, OPTIONS"]),
    ("POST /v1/models", 405, "method_not_allowed", ["GET, HEAD, OPTIONS"]),
    ("GET /", 404, "not_found", []),
    ("POST /v1/responses", 404, "not_found", []),
    ("HEAD /healthy", 404, "", []),
  ]

  @Test(arguments: routes.indices) func answersAtOnce(_ index: Int) {
    let (start, status, body, allowed) = Self.routes[index]
    for rest in ["\r\n", "Content-Length: 3\r\n\r\nabc"] {
      let bench = asking(octets("\(start) HTTP/1.1\r\nHost: p\r\n\(rest)"))
      let responses =
        plainResponses(bench.outputs.clientBytes, toHEAD: start.hasPrefix("HEAD"))?.openToPages
        ?? []
      #expect(responses.map(\.status) == [status])
      #expect(responses.first?.end == .complete)
      #expect(responses.first?.values("Content-Type") == ["application/json"])
      #expect(responses.first?.values("Content-Length").first != "0")
      #expect(responses.first?.values("Allow") == allowed)
      let found = responses.first?.body ?? []
      #expect(status == 200 ? found == octets(body) : ErrorObject.ofBody(found)?.code ?? "" == body)
      #expect(bench.outputs.orders == [])
      #expect(bench.exchange == Bench().exchange, "ready for the next request")
    }
  }

  @Test(arguments: ["/v1/chat/completions", "/health", "/nowhere", "*", "http://p"])
  func tellsBrowsersThatTheyMayAsk(_ target: String) {
    let start = "OPTIONS \(target) HTTP/1.1\r\nHost: p\r\nOrigin: http://page\r\n"
    let asked = "Access-Control-Request-Headers: authorization,x-stainless-os\r\n"
    for (lines, names) in [
      ("", "Authorization, Content-Type, X-API-Key"), (asked, "authorization,x-stainless-os"),
    ] {
      let bench = asking(octets(start + lines + "\r\n"))
      #expect(
        bench.responses == [
          PlainResponse(
            status: 204,
            fields: [
              "Access-Control-Allow-Methods: GET, HEAD, POST, OPTIONS",
              "Access-Control-Allow-Headers: \(names)", "Access-Control-Max-Age: 86400",
              "Access-Control-Allow-Origin: *", "Access-Control-Expose-Headers: *",
            ])
        ])
      #expect(bench.outputs.orders == [])
      #expect(bench.exchange == Bench().exchange, "ready for the next request")
    }
  }

  // MARK: The model

  /// The body of a request, and how it goes upstream when the default model is `m"1`.
  static let bodies: [(sent: String, passed: String)] = [
    ("{}", #"{"model":"m\"1"}"#),
    (" \n{ }", " \n{\"model\":\"m\\\"1\" }"),
    (#"{"b":1,"a" : [2] }"#, #"{"model":"m\"1","b":1,"a" : [2] }"#),
    (#"{ "a":{"model":"x"}}"#, #"{"model":"m\"1", "a":{"model":"x"}}"#),
    (#"{"a":"\"model\":1"}"#, #"{"model":"m\"1","a":"\"model\":1"}"#),
    (#"{"models":1,"mode":2,"Model":3}"#, #"{"model":"m\"1","models":1,"mode":2,"Model":3}"#),
    (#"{"a":[[{"b":"]}"}]],"c":-1.5E+3,"d":null}"#, ""),
    // These name one, whatever it is.
    (#"{"a":1,"model":"x"}"#, "="), (#"{"model":null}"#, "="), (#"{"model" : 1}"#, "="),
    (#"{"mo\u0064el":"x"}"#, "="), (#"{"\u006Dodel":"x"}"#, "="),
    // These are not objects: the upstream says so.
    ("", "="), ("[]", "="), ("null", "="), ("{", "="), ("{\"a\"}", "="), ("{\"a\":1,}", "="),
    ("{\"a\":1} x", "="), ("{\"a\":1", "="), ("{\"a\":\"b", "="), ("{\"a\":\"b\\", "="),
    ("{\"a\":[1}", "="), ("\u{FEFF}{}", "="), ("{a:1}", "="), ("{\"a\":\"\n\"}", "="),
  ]

  @Test(arguments: bodies.indices) func fillsInAMissingModel(_ index: Int) {
    let (sent, expected) = Self.bodies[index]
    let inserted = "{\"model\":\"m\\\"1\"," + sent.dropFirst()
    let passed = expected == "=" ? sent : expected.isEmpty ? inserted : expected
    var settings = Bench.settings
    settings.defaultModel = "m\"1"
    for (path, wanted) in [
      ("chat/completions", passed), ("completions", passed), ("embeddings", sent),
    ] {
      #expect(upstreamBody(path, sent, settings) == octets(wanted), "\(path)")
    }
    #expect(upstreamBody("chat/completions", sent, Bench.settings) == octets(sent), "no default")
    #expect(
      upstreamBody("chat/completions", sent, settings, fields: "Content-Encoding: gzip\r\n")
        == octets(sent), "encoded")
  }

  private func upstreamBody(
    _ path: String, _ body: String, _ settings: Settings, fields: String = ""
  ) -> [UInt8]? {
    let head = "POST /v1/\(path) HTTP/1.1\r\nHost: p\r\n\(fields)"
    var bench = Bench(settings)
    bench.take(.client(octets("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")))
    guard case .upstream(let bytes)? = bench.take(.upstreamConnected).first else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let blank = text.firstRange(of: "\r\n\r\n") else { return nil }
    let sent = octets(String(text[blank.upperBound...]))
    return text.contains("Content-Length: \(sent.count)\r\n") ? sent : nil
  }

  // MARK: Models

  static let models = "GET /v1/models HTTP/1.1\r\nHost: p\r\n\r\n"

  @Test func theUpstreamsModelsPassAsTheyAre() {
    let wire = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n"
    let found = outcome(of: octets(wire + #"{"data":[]}"#), from: .asked(Self.models))
    #expect(found.responses?.first?.body == octets(#"{"data":[]}"#))
    #expect(found.orders == [.closeUpstream])
    for status in [400, 401, 429, 500, 503] {
      let answer = octets("HTTP/1.1 \(status) No\r\nContent-Length: 1\r\n\r\nx")
      let found = outcome(of: answer, from: .asked(Self.models))
      #expect(found.responses?.map(\.status) == [status])
      #expect(found.responses?.map(\.body) == [octets("x")])
    }
  }

  @Test(arguments: [404, 405, 501], ["GET", "HEAD"])
  func theProxyHasAListWhereTheUpstreamHasNone(_ status: Int, _ method: String) throws {
    let request = Self.models.replacing("GET", with: method)
    let wire = octets("HTTP/1.1 \(status) No\r\nContent-Length: 9\r\n\r\nnot found")
    for model in [nil, "qwen-plus", "my \"own\""] as [String?] {
      var settings = Bench.settings
      settings.defaultModel = model
      var bench = Bench.asked(request, settings)
      bench.take(.upstream(Array(wire[..<(wire.count - 9)])))
      #expect(bench.outputs.orders == [.closeUpstream])
      let responses = plainResponses(bench.outputs.clientBytes, toHEAD: method == "HEAD")
      #expect(responses?.openToPages?.map(\.status) == [200])
      #expect(responses?.first?.values("Content-Type") == ["application/json"])
      #expect(bench.exchange == Bench(settings).exchange, "ready for the next request")
      guard method == "GET" else { continue }
      let list = try JSONDecoder().decode(ModelList.self, from: Data(responses?.first?.body ?? []))
      let names = list.data.map(\.id)
      #expect(list.object == "list" && list.data.allSatisfy { $0.object == "model" })
      #expect(names.count >= 5 && Set(names).count == names.count)
      #expect(model == nil || names[0] == model)
    }
    // For the other endpoints such an answer is the upstream's word.
    let found = outcome(of: wire)
    #expect(found.responses?.map(\.status) == [status])
  }

  private struct ModelList: Decodable {
    struct Model: Decodable {
      var id: String
      var object: String
    }
    var object: String
    var data: [Model]
  }

  /// RFC 9112 section 6.3: an answer to HEAD has no body, whatever its fields say.
  @Test(arguments: ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", ""])
  func anAnswerToHeadEndsWithItsHead(_ fields: String) {
    let request = Self.models.replacing("GET", with: "HEAD")
    for type in ["application/json", "text/event-stream"] {
      let wire = "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n\(fields)\r\n"
      var bench = Bench.asked(request)
      bench.take(.upstream(octets(wire)))
      let responses = plainResponses(bench.outputs.clientBytes, toHEAD: true)
      #expect(responses?.map(\.status) == [200])
      #expect(bench.outputs.orders == [.closeUpstream])
      #expect(bench.exchange == Bench().exchange, "ready for the next request")
    }
  }
}
