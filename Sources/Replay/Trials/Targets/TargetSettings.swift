// The description of a proxy in another process: where it is, how to start it, what its requests need,
// and how much of a stream it must keep.

internal import Foundation
package import Judging
internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
package import Terminal
package import Wire

/// How much of a stream must arrive unchanged; rising.
package enum CompareLevel: String, Hashable, Sendable, CaseIterable, Codable, Comparable {
  /// The content of the stream, by JSON value: texts, tool arguments, finish reasons, usage.
  case content
  /// The events: type, data, id and retry, byte for byte.
  case events
  /// The body, byte for byte.
  case bytes

  package static func < (left: CompareLevel, right: CompareLevel) -> Bool {
    let order = CompareLevel.allCases
    return order.firstIndex(of: left)! < order.firstIndex(of: right)!
  }
}

/// A proxy under test in another process.
package struct TargetSettings: Hashable, Sendable {
  /// Where the proxy is; nil when it is launched on a port that the system chooses.
  package var url: BaseURL?
  /// Where the mock listens as its upstream.
  package var listen = ListenPlace()
  /// The shell command that starts the proxy; nil when it runs already.
  package var launch: String?
  /// The path that the client posts to.
  package var path = "/v1/chat/completions"
  /// The TLS settings on both sides of it.
  package var tls = TargetTLS()
  /// Fields that the client sends instead of its own with the same names.
  package var fields = Fields()
  /// The model that the client asks for instead of the recorded one.
  package var model: String?
  /// How much of the stream must arrive unchanged.
  package var level = CompareLevel.events
  /// Whether comments count at the level of events.
  package var comparesComments = false
  /// How long to wait between fragments when the kernel cannot be asked, in milliseconds.
  package var fragmentPause = 2
  /// How long the target may be silent when it has something to do, in milliseconds.
  package var timeout = 5_000
  /// How long the target may hold back a complete block, in milliseconds.
  package var lateAfter = 500
  /// What is expected where several behaviours are right, as the user chose.
  package var policy = Policy()
  /// Paths that are not compared at the level `content`, in addition to the standard ones.
  package var ignoredPaths: [String] = []
  /// Whether the client asks the mock itself, to measure a delivery without a target.
  package var isDirect = false

  package init() {}

  var ignored: IgnoredPaths {
    IgnoredPaths(ignoredPaths + (policy.mapsModel ? ["model"] : []))
  }

  /// The client's request for a session. A recorded operation other than a chat keeps its path, unless
  /// another is given.
  func request(
    for session: Session, authority: String, form: RequestForm = .plain
  ) -> Session.Request {
    let recorded = session.request
    let isPost = recorded.method == "POST"
    let body = model.map { renamed(recorded.body, model: $0) } ?? recorded.body
    var request = Session.Request(
      method: recorded.method, target: target(for: recorded), fields: [], body: isPost ? body : [])
    if form == .head || form == .options {
      request.method = form.rawValue.uppercased()
      request.body = []
    }
    request.fields = [
      Field("Host", authority), Field("Authorization", "Bearer \(Self.clientKey)"),
      Field("Accept", "text/event-stream"),
    ]
    if form == .options {
      request.fields.list += [
        Field("Origin", "https://chat.example"), Field("Access-Control-Request-Method", "POST"),
        Field("Access-Control-Request-Headers", "authorization,content-type"),
      ]
    }
    if !request.body.isEmpty {
      request.fields.add("Content-Type", recorded.fields["Content-Type"] ?? "application/json")
    }
    // Clients of some dialects show their key in this field; the recorded one is redacted.
    if recorded.fields["X-API-Key"] != nil { request.fields.add("X-API-Key", Self.clientKey) }
    for field in recorded.fields.list where Self.isKept(field) {
      request.fields.add(field.name, field.value)
    }
    for field in fields.list { request.fields.remove(field.name) }
    for field in fields.list { request.fields.add(field.name, field.value) }
    if isPost, form != .options, form != .head {
      request.fields.add("Content-Length", String(request.body.count))
    }
    return request
  }

  /// The key that the client sends.
  static let clientKey = "sk-client-of-the-stage"

  /// Recorded fields that a model's upstream acts on; secrets are not in recordings.
  private static func isKept(_ field: Field) -> Bool {
    let name = field.name.lowercased()
    return name.hasPrefix("x-dashscope-") || name.hasPrefix("openai-")
      || name.hasPrefix("anthropic-") || name == "idempotency-key"
  }

  /// The path that the client asks for. A path that the user has given is used as it is; otherwise the
  /// recorded query follows.
  private func target(for recorded: Session.Request) -> String {
    guard path == TargetSettings().path else { return path }
    let operation = operation(of: recorded.target)
    let isUsual =
      operation == "/chat/completions" || operation.hasPrefix("/services/")
      || !Self.operations.contains { operation.hasPrefix($0) }
    return (isUsual ? path : "/v1" + operation) + recorded.target.drop { $0 != "?" }
  }

  /// Operations of a model's server that are not chats.
  private static let operations = [
    "/models", "/embeddings", "/completions", "/responses", "/messages", "/audio/", "/images/",
    "/moderations", "/rerank", "/files", "/batches",
  ]

  /// A request as bytes.
  func bytes(of request: Session.Request, form: RequestForm) -> [UInt8] {
    var head = RequestHead(method: request.method, target: request.target, fields: request.fields)
    if form == .http10 { head.version = .http10 }
    var bytes: [UInt8] = []
    head.write(into: &bytes)
    return bytes + request.body
  }

  /// What may happen to a request on its way; `base` is the upstream's path.
  func terms(for request: Session.Request, base: String) -> RequestTerms {
    var terms = RequestTerms()
    terms.comparesBytes = level == .bytes && model == nil
    terms.comparesEvents = level != .content
    terms.mapsModel = policy.mapsModel
    terms.addsMembers = policy.addsMembers
    if terms.mapsModel || terms.addsMembers { terms.comparesBytes = false }
    terms.paths = policy.mapsPath ? nil : upstreamPaths(for: request.target, base: base)
    terms.keepsQuery = !policy.mapsPath
    terms.fields = level == .bytes ? .every : .forModel
    terms.named = Set(fields.list.map { $0.name.lowercased() }).subtracting(["accept"])
    if policy.ownHeaders { terms.fields = .none }
    terms.key = policy.replacesKey ? .replaced : .present
    return terms
  }

  /// A JSON request with another model; a body that is not a JSON object stays as it is.
  private func renamed(_ body: [UInt8], model: String) -> [UInt8] {
    guard
      var object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any],
      object["model"] != nil
    else { return body }
    object["model"] = model
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
    return (try? JSONSerialization.data(withJSONObject: object, options: options)).map(Array.init)
      ?? body
  }
}

/// A target that cannot be judged: it does not run, it is not a proxy, or it has died. Exit code 2.
package struct TargetError: Error, Hashable, Sendable, CustomStringConvertible {
  package var description: String
  /// The end of the target's output, when it was launched.
  package var output = ""
  /// Whether the user has interrupted the run.
  package var isInterruption = false

  /// Shows what happened, and the last output of a launched target.
  package func show(_ console: Console, isLaunched: Bool) {
    console.progress("")
    console.warn("replay: \(description)")
    if isLaunched { console.warn(outputText) }
  }

  /// The output as a block of its own.
  package var outputText: String {
    guard !output.isEmpty else { return "The target has written nothing." }
    let lines = output.split(separator: "\n").suffix(40)
    return "The last that the target has written:\n"
      + lines.map { "  \(printable($0))" }.joined(separator: "\n")
  }
}
