// The request of a client, as bytes: the session's body to the proxy's own path, in the form of the plan.
// Some forms are invalid on purpose, so the bytes are assembled here and not by `RequestHead`.

internal import Judging
internal import MockQwen
internal import Wire

/// What a client sends, and when.
struct StageRequest {
  /// What is sent, in order; each part is sent when no byte of those before it moves any more.
  private(set) var parts: [[UInt8]]
  /// Whether the second part waits until the proxy asks for it.
  let awaitsContinue: Bool
  /// The fields that the upstream must receive.
  let forwarded: [Field]

  /// All parts together.
  var bytes: [UInt8] { parts.flatMap(\.self) }

  private static let path = "/v1/chat/completions"
  /// Requests with more bytes are not sent in single bytes.
  private static let bytewiseMax = 2_048

  /// - Parameter upstream: The authority of the upstream, and its key.
  init(
    _ delivery: Delivery, host: String, key: String, upstream: (authority: String, key: String)
  ) {
    let form = delivery.request
    var draft = Draft(delivery, host: host, key: key)
    if let asked = delivery.asked { draft.ask(asked) } else { draft.dress(form, key: key) }
    awaitsContinue = form == .expect
    forwarded =
      AskedHead(
        fields: draft.sentFields, version: form == .http10 ? "1.0" : "1.1",
        authority: upstream.authority, key: upstream.key,
        bodyCount: draft.takesBody ? delivery.requestBodies.upstream.count : nil,
        keepsUpstream: delivery.core.reuses, kept: delivery.asked?.kept
      ).forwarded
    let bytes = draft.head + draft.body
    // Of the forms a request that is written down takes only the one that changes none of its bytes.
    switch delivery.asked == nil || form == .pieces ? form : .plain {
    case .pipelined: parts = [bytes + bytes]
    case .fourfold: parts = [bytes + bytes + bytes + bytes]
    case .ahead:
      let (half, last) = (bytes.count / 2, bytes.count - 1)
      parts = [
        bytes, Array(bytes[..<half]), Array(bytes[half..<last]), bytes[last...] + bytes, bytes,
      ]
    case .expect: parts = [draft.head, draft.body]
    case .pieces:
      let step = bytes.count <= Self.bytewiseMax ? 1 : 61
      parts = stride(from: 0, to: bytes.count, by: step).map {
        Array(bytes[$0..<min($0 + step, bytes.count)])
      }
    case .mute: parts = [[]]
    case .halfhead: parts = [Array(bytes.prefix(20))]
    case .halfbody: parts = [Array(bytes.dropLast())]
    default: parts = [bytes]
    }
  }

  /// A request before it is written.
  private struct Draft {
    private let method: String
    private let path: String
    var line: String
    /// Lines before the request line, and right after it.
    var before = ""
    var odd = ""
    var fields: [Field]
    var body: [UInt8]
    /// Whether a Content-Length is sent.
    var tellsLength = true

    init(_ delivery: Delivery, host: String, key: String) {
      let session = delivery.transmission.session
      fields = [
        Field("Host", host), Field("Authorization", "Bearer \(key)"),
        Field("Accept", "text/event-stream"), Field("Accept-Encoding", "gzip, deflate, br"),
      ]
      if session.request.fields["X-DashScope-SSE"] != nil {
        fields.append(Field("X-DashScope-SSE", "enable"))
      }
      (method, path) = clientRoute(for: session.request)
      line = "\(method) \(path) HTTP/1.1"
      body = method == "POST" ? delivery.requestBodies.client : []
    }

    /// Whether a Content-Type is sent.
    private var tellsType = true

    /// Whether such a request has a body, even an empty one.
    var takesBody: Bool { line.drop { $0.isNewline }.hasPrefix("POST ") }

    /// The fields without those that frame the body.
    var sentFields: Fields {
      let type = [Field("Content-Type", "application/json")]
      return Fields(fields + (body.isEmpty || !tellsType ? [] : type))
    }

    var head: [UInt8] {
      var text = before + line + "\r\n" + odd
      for field in sentFields.list { text += "\(field.name): \(field.value)\r\n" }
      if !body.isEmpty, tellsLength { text += "Content-Length: \(body.count)\r\n" }
      return Array((text + "\r\n").utf8)
    }

    /// Takes over a written request shape.
    mutating func ask(_ shape: AskedShape) {
      line = shape.line ?? "\(shape.method) \(shape.target) HTTP/1.1"
      fields.removeAll {
        !$0.isNamed("Host") && !($0.isNamed("Authorization") && shape.showsKey)
      }
      if let host = shape.host { fields[0].value = host }
      fields += shape.fields
      body = Array((shape.chunks ?? shape.body).utf8)
      (odd, tellsType, tellsLength) = (shape.odd, false, shape.tellsLength)
      if shape.chunks != nil {
        odd += "Transfer-Encoding: chunked\r\n"
        tellsLength = false
      }
      guard let count = shape.headCount else { return }
      let field = "Cookie: \r\n"
      odd += "Cookie: \(String(repeating: "c", count: count - head.count - field.utf8.count))\r\n"
    }

    private mutating func ask(_ method: String, _ path: String) {
      line = "\(method) \(path) HTTP/1.1"
      body = []
    }

    private mutating func set(_ name: String, _ value: String?) {
      fields.removeAll { $0.isNamed(name) }
      if let value { fields.append(Field(name, value)) }
    }

    /// Applies the plan's form.
    mutating func dress(_ form: RequestForm, key: String) {
      switch form {
      case .plain, .again, .pipelined, .fourfold, .ahead, .pieces, .nomodel, .mute, .halfhead,
        .halfbody:
        break
      case .http10: line = "\(method) \(path) HTTP/1.0"
      case .closing: fields += [Field("Connection", "close, X-Hop"), Field("X-Hop", "1")]
      case .expect: set("Expect", "100-continue")
      case .chunked:
        body = chunked(body)
        (odd, tellsLength) = ("Transfer-Encoding: chunked\r\n", false)
      case .absolute:
        before = "\r\n\r\n"
        line = "\(method) http://proxy.example\(path) HTTP/1.1"
        set("Authorization", nil)
        fields.append(Field("aUTHORIZATION", "bearer  \(key)"))
      case .otherkey:
        set("Authorization", nil)
        set("X-API-Key", key)
      case .bothkeys:
        set("Authorization", "Bearer wrong")
        set("X-API-Key", key)
      case .nokey: set("Authorization", nil)
      case .wrongkey: set("Authorization", "Bearer \(key.dropLast())?")
      case .shortkey: set("Authorization", "Bearer \(key.dropLast())")
      case .basic: set("Authorization", "Basic \(key)")
      default: askElsewhere(form)
      }
    }

    private mutating func askElsewhere(_ form: RequestForm) {
      switch form {
      case .head: ask("HEAD", StageRequest.path)
      case .options:
        ask("OPTIONS", StageRequest.path)
        fields = Array(fields.prefix(1))
        fields += [
          Field("Origin", "https://chat.example"), Field("Access-Control-Request-Method", "POST"),
          Field("Access-Control-Request-Headers", "authorization,content-type"),
        ]
      case .health, .healthhead, .posthealth:
        let method = [.health: "GET", .healthhead: "HEAD"][form] ?? "POST"
        ask(method, "/health")
        if form != .posthealth { set("Authorization", nil) }
      case .models: ask("GET", "/v1/models?limit=5")
      case .modelshead: ask("HEAD", "/v1/models")
      case .postmodels: ask("POST", "/v1/models")
      case .unknown: ask("GET", "/v1/nothing")
      case .getchat: ask("GET", StageRequest.path)
      case .nohost: set("Host", nil)
      case .twohosts: fields.append(Field("Host", "other.example"))
      case .badhost: set("Host", "a/b")
      default: spoil(form)
      }
    }

    /// Makes it malformed.
    private mutating func spoil(_ form: RequestForm) {
      func body(_ text: String) {
        self.body = Array(text.utf8)
        (odd, tellsLength) = ("Transfer-Encoding: chunked\r\n", false)
      }
      // The fault is at a fixed place, whatever the session asks for.
      line = "POST \(StageRequest.path) HTTP/1.1"
      if self.body.isEmpty { self.body = Array("{}".utf8) }
      switch form {
      case .longhead: odd = "X-Long: \(String(repeating: "x", count: 17_000))\r\n"
      case .manyfields: odd = String(repeating: "X: 1\r\n", count: 101)
      case .longbody: (odd, self.body) = ("Content-Length: 10485761\r\n", [])
      case .longchunks: body("A00001\r\n")
      case .badline: line = "POST  \(StageRequest.path) HTTP/1.1"
      case .badmethod: line = "PO(ST \(StageRequest.path) HTTP/1.1"
      case .badversion: line = "POST \(StageRequest.path) HTTP/1.2"
      case .badfield: odd = "X(Y: 1\r\n"
      case .spacedfield: odd = "X-A : 1\r\n"
      case .folded: odd = " X: 1\r\n"
      case .control: odd = "X: a\u{1}b\r\n"
      case .barelf: odd = "X: a\nY: 1\r\n"
      case .barecr: odd = "X: a\rb\r\n"
      case .bothlengths: odd = "Transfer-Encoding: chunked\r\n"
      case .twolengths: odd = "Content-Length: \(self.body.count)\r\n"
      case .badlength: (odd, tellsLength) = ("Content-Length: +5\r\n", false)
      case .coding: (odd, tellsLength) = ("Transfer-Encoding: gzip\r\n", false)
      case .twocodings: (odd, tellsLength) = ("Transfer-Encoding: gzip, chunked\r\n", false)
      case .codingorder: (odd, tellsLength) = ("Transfer-Encoding: chunked, gzip\r\n", false)
      case .oldcoding:
        body("0\r\n\r\n")
        line = "POST \(StageRequest.path) HTTP/1.0"
      case .badchunk: body("xyz\r\n")
      case .badextension: body("5;=x\r\n")
      case .badchunkend: body("2\r\n{}XX")
      case .longsize: body("1111111111111111\r\n")
      default: break
      }
    }

    /// A body in two chunks, with all optional parts of a chunk.
    private func chunked(_ body: [UInt8]) -> [UInt8] {
      let half = body.count / 2
      var written: [UInt8] = []
      for part in [body[..<half], body[half...]] where !part.isEmpty {
        let size = String(part.count, radix: 16, uppercase: true)
        written += Array(("0" + size + ";a ;b = \"c\\\"\"\r\n").utf8) + part + [0x0D, 0x0A]
      }
      return written + Array("0;last\r\nX-Trailer: 1\r\n\r\n".utf8)
    }
  }
}
