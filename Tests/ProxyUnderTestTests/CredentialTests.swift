// Which fields of a client are credentials, and end at the proxy.

import Testing
import Wire

@testable import ProxyUnderTest

@Suite struct CredentialTests {
  static let credentials = [
    "Authorization", "X-API-Key", "api-key", "Api_Key", "apikey", "X-ApiKey", "x-goog-api-key",
    "X-Goog-IAM-Authorization-Token", "Ocp-Apim-Subscription-Key", "X-Functions-Key", "Cookie",
    "X-Auth-Token", "X-Auth-Key", "X-Access-Token", "X-Amz-Security-Token", "anthropic-api-key",
    "OpenAI-Api-Key", "Helicone-Auth", "x-portkey-virtual-key", "CF-Access-Client-Secret",
    "Cf-Access-Jwt-Assertion", "X-CSRF-Token", "PRIVATE-TOKEN", "X-Vault-Token", "X-Password",
  ]

  static let others = [
    "Content-Type", "Accept", "User-Agent", "Idempotency-Key", "X-DashScope-SSE",
    "X-DashScope-AuthType", "X-DashScope-WorkSpace", "X-DashScope-OssResourceResolve",
    "X-Request-Id", "X-Stainless-Retry-Count", "OpenAI-Organization", "Max-Tokens", "Author",
    "Keyboard", "X-Key-Id", "traceparent", "a", "", "-", "x--y",
    "X-a-very-long-word-that-ends-like-authenticationtoken",
  ]

  @Test(arguments: credentials) func doesNotGoUpstream(_ name: String) {
    #expect(isCredential(name) && isCredential(name.lowercased()))
    #expect(!passes(name))
  }

  @Test(arguments: others) func goesUpstream(_ name: String) {
    #expect(!isCredential(name))
    if !name.isEmpty { #expect(passes(name)) }
  }

  private func passes(_ name: String) -> Bool {
    let request = Bench.request.replacing("Content", with: "\(name): of-the-client\r\nContent")
    var bench = asking(octets(request))
    guard case .upstream(let bytes)? = bench.take(.upstreamConnected).first else { return false }
    return String(decoding: bytes, as: UTF8.self).contains("of-the-client")
  }

  @Test func theAnswerToAWrongPathNamesTheRightOnes() {
    let bench = asking(octets("GET /v2/chat HTTP/1.1\r\nHost: p\r\n\r\n"))
    let body = bench.responses?.first.map { String(decoding: $0.body, as: UTF8.self) } ?? ""
    for path in ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/models"] {
      #expect(body.contains(path))
    }
  }
}
