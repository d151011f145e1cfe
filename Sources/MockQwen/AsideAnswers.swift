// The mock's answers to requests that no session is meant for: a gateway asks for the list of models when
// it starts, sends a health probe now and then, or warms up with a chat of its own. Each gets an answer
// that a model server would send, so that the gateway goes on to the requests that are judged.

internal import Foundation
internal import Wire

/// The prefix of these answers' names.
package let asidePrefix = "aside: "

/// A plausible answer to a request that no session answers.
package func asideAnswer(to request: Session.Request) -> Session {
  let path = String(request.target.prefix { $0 != "?" })
  let end = path.split(separator: "/").last.map(String.init) ?? ""
  switch request.method {
  case "OPTIONS":
    var answer = aside("options", 204, "", request)
    answer.response.fields = [
      Field("Allow", "GET, HEAD, POST, OPTIONS"), Field("Access-Control-Allow-Origin", "*"),
      Field("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS"),
      Field("Access-Control-Allow-Headers", "authorization, content-type"),
    ]
    return answer
  case "GET", "HEAD":
    if end == "models" { return aside("models", 200, modelList, request) }
    if path.contains("/models/") { return aside("model", 200, model(end), request) }
    guard isHealthPath(end) else { break }
    return aside("health", 200, #"{"status":"ok"}"#, request)
  case "POST":
    if path.hasSuffix("/generation") { return generation(to: request) }
    if path.hasSuffix("/completions") {
      return completion(to: request, isChat: path.hasSuffix("/chat/completions"))
    }
    guard end == "embeddings" else { break }
    return aside(
      "embeddings", 200,
      #"{"object":"list","model":"qwen-plus","data":[{"object":"embedding","index":0,"#
        + #""embedding":[0.1,0.2,0.3]}],"usage":{"prompt_tokens":1,"total_tokens":1}}"#, request)
  default: break
  }
  return aside(
    "not found", 404,
    #"{"error":{"message":"This path is not known.","type":"invalid_request_error","#
      + #""param":null,"code":"not_found"}}"#, request)
}

/// Whether a request asks for one whole answer: explicitly, or by not mentioning a stream.
package func asksForWholeAnswer(_ request: Session.Request) -> Bool {
  struct Body: Decodable {
    var stream: Bool?
  }
  guard let body = try? JSONDecoder().decode(Body.self, from: Data(request.body)) else {
    return false
  }
  let isNative = request.target.prefix { $0 != "?" }.hasSuffix("/generation")
  return isNative ? !asksForStream(request.fields) && body.stream != true : body.stream != true
}

private func aside(
  _ name: String, _ status: Int, _ body: String, _ request: Session.Request
) -> Session {
  ownAnswer(asidePrefix + name, status: status, body: body, to: request)
}

private func isHealthPath(_ end: String) -> Bool {
  ["", "v1", "health", "healthz", "ready", "readyz", "live", "livez", "ping", "status", "version"]
    .contains(end)
}

private let modelNames = [
  "qwen-plus", "qwen-max", "qwen-turbo", "qwen3-coder-plus", "qwen3-max", "qwen-vl-max",
]

private let modelList =
  #"{"object":"list","data":["# + modelNames.map(model).joined(separator: ",") + "]}"

private func model(_ name: String) -> String {
  let plain = name.filter { $0.isLetter || $0.isNumber || "-._:".contains($0) }
  return #"{"id":"\#(plain)","object":"model","created":1700000000,"owned_by":"qwen"}"#
}

/// A short answer of a model, as a stream if the request asks for one.
private func completion(to request: Session.Request, isChat: Bool) -> Session {
  struct Body: Decodable {
    var stream: Bool?
  }
  let body = try? JSONDecoder().decode(Body.self, from: Data(request.body))
  let start = #""id":"chatcmpl-aside","created":1700000000,"model":"qwen-plus","#
  let usage = #""usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}"#
  guard body?.stream == true else {
    let message =
      isChat
      ? #""object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","#
        + #""content":"ok"},"finish_reason":"stop"}],"#
      : #""object":"text_completion","choices":[{"index":0,"text":"ok","finish_reason":"stop"}],"#
    return aside("completion", 200, "{\(start)\(message)\(usage)}", request)
  }
  let chunk =
    isChat
    ? #""object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","#
      + #""content":"ok"},"finish_reason":"stop"}],"#
    : #""object":"text_completion","choices":[{"index":0,"text":"ok","finish_reason":"stop"}],"#
  var answer = aside(
    "stream", 200, "data: {\(start)\(chunk)\(usage)}\n\ndata: [DONE]\n\n", request)
  answer.response.fields = [Field("Content-Type", "text/event-stream")]
  return answer
}

/// A short answer in the native protocol, as a stream if the request asks for one.
private func generation(to request: Session.Request) -> Session {
  let body =
    #"{"output":{"choices":[{"finish_reason":"stop","message":{"role":"assistant","#
    + #""content":"ok"}}]},"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2},"#
    + #""request_id":"00000000-0000-9000-8000-000000000000"}"#
  guard !asksForWholeAnswer(request) else { return aside("completion", 200, body, request) }
  var answer = aside("stream", 200, "id:1\nevent:result\ndata:\(body)\n\n", request)
  answer.response.fields = [Field("Content-Type", "text/event-stream")]
  return answer
}
