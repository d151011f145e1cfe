// The recorder's machine for one client: a transparent pipe that knows where messages begin and end.
//
// A request goes upstream with two fields changed (Host, and Accept-Encoding so that bodies stay
// readable); everything else, and every byte of the answer, passes unchanged and before it is recorded.
// Requests of one connection share one upstream connection, so the client and the upstream decide whether
// it stays open. Bytes that are not HTTP pass too, but are not recorded. The machine does no I/O: time is
// an argument, and `deadline` tells when to wake it.

internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
package import Wire

/// The pipe between one client connection and the upstream.
package struct RecordingConnection: Hashable, Sendable {
  private enum Phase: Hashable, Sendable {
    /// No request is open.
    case idle
    /// The body of a request is on its way.
    case request
    /// The request has gone out; its answer is not complete.
    case response
    /// The bytes are not understood, and are only passed on.
    case blind
    case closed
  }

  private let upstream: BaseURL
  private let limits: RecordingLimits
  private var phase = Phase.idle
  private var hasUpstream = false
  private var headReader: RequestHeadReader
  private var bodyReader = BodyReader(.none)
  private var request = Session.Request(method: "", target: "", fields: [], body: [])
  private var recorder = ResponseRecorder(method: "")
  /// Bytes of the next request that came before the answer was complete.
  private var early = Backlog()
  /// Whether the client's bytes are read, as the server was last told.
  private var readsClient = true
  private var start = 0
  private var lastSeen = 0
  /// When the wait for a request, for the rest of its head or for its body began, and how many bytes
  /// of the body have come.
  private var since: Int
  private var bodyCount = 0
  private var tls: Recording.TLS?

  /// - Parameters:
  ///   - upstream: Where requests go.
  ///   - now: When the client has connected, in milliseconds.
  package init(upstream: BaseURL, limits: RecordingLimits, at now: Int = 0) {
    self.upstream = upstream
    self.limits = limits
    since = now
    lastSeen = now
    headReader = Self.freshHeadReader()
  }

  /// Whether the connection is over.
  package var isClosed: Bool { phase == .closed }

  /// Whether a request is open.
  package var isBusy: Bool { phase == .request || phase == .response }

  /// About how many bytes of memory the open exchange takes.
  package var heldCount: Int { request.body.count + recorder.heldCount + early.count }

  /// Stops keeping the open exchange; its bytes still pass.
  package mutating func giveUp(_ reason: String, into outputs: inout [Output]) {
    guard isBusy, !recorder.isGivenUp else { return }
    recorder.giveUp()
    request.body = []
    outputs.append(.lost("not recorded: \(reason)"))
  }

  /// Since when no byte of a request has come; nil while a request is open.
  package var idleSince: Int? { phase == .idle ? since : nil }

  /// When to feed `Input.deadline`, in milliseconds; nil when there is no need.
  package var deadline: Int? {
    switch phase {
    case .idle: since + (headReader.isEmpty ? limits.idleTimeMax : limits.headTimeMax)
    case .request:
      min(
        lastSeen + limits.silenceMax,
        since + limits.bodyTimeMax + bodyCount * 1_000 / limits.bodyRateMin)
    case .response, .blind: lastSeen + limits.silenceMax
    case .closed: nil
    }
  }

  /// Takes what happened at `now`, in milliseconds; appends what to do to `outputs`.
  package mutating func handle(_ input: Input, at now: Int, into outputs: inout [Output]) {
    switch (phase, input) {
    case (.closed, _): break
    case (.idle, .client(let bytes)), (.request, .client(let bytes)):
      takeRequests(bytes, at: now, into: &outputs)
    case (.response, .client(let bytes)):
      early.append(bytes[...])
      pauseClient(into: &outputs)
    case (.blind, .client(let bytes)):
      lastSeen = now
      outputs.append(.upstream(bytes))
    case (_, .connected(let tls)):
      (start, lastSeen) = (now, now)
      self.tls = tls
    case (_, .drained): lastSeen = now
    case (_, .refused): refuse(502, "cannot connect to \(upstream.authority)", into: &outputs)
    case (.idle, .upstream(let bytes)), (.blind, .upstream(let bytes)):
      phase = .blind
      lastSeen = now
      outputs.append(.client(bytes))
    case (.request, .upstream(let bytes)), (.response, .upstream(let bytes)):
      takeResponse(bytes, at: now, into: &outputs)
    case (_, .clientFinished), (_, .clientReset):
      clientLeft(isReset: input == .clientReset, into: &outputs)
    case (_, .upstreamFinished):
      recorder.upstreamFinished()
      end(.closeUpstream, .closeClient, into: &outputs)
    case (_, .upstreamReset):
      recorder.upstreamReset()
      end(nil, .resetClient, into: &outputs)
    case (_, .deadline):
      if let deadline, deadline <= now { waitEnded(into: &outputs) }
    }
  }

  private mutating func waitEnded(into outputs: inout [Output]) {
    switch phase {
    case .idle where headReader.isEmpty: end(.closeUpstream, .closeClient, into: &outputs)
    case .idle: refuse(408, "the request took too long to come", into: &outputs)
    case .request, .response, .blind:
      recorder.clientGaveUp()
      end(.closeUpstream, .resetClient, into: &outputs)
    case .closed: break
    }
  }

  private static func freshHeadReader() -> RequestHeadReader {
    var limits = Limits()
    limits.headBytesMax = 256 * 1024
    limits.fieldsMax = 500
    return RequestHeadReader(limits: limits)
  }
}

// Requests.
extension RecordingConnection {
  private mutating func takeRequests(
    _ bytes: [UInt8], at now: Int, into outputs: inout [Output]
  ) {
    var offset = 0
    takeRequest(bytes, at: &offset, now, into: &outputs)
    if offset < bytes.count, phase != .closed { early.append(bytes[offset...]) }
    goOn(at: now, into: &outputs)
  }

  /// Takes bytes from `offset` on, and moves it past the bytes of one request.
  private mutating func takeRequest(
    _ bytes: [UInt8], at offset: inout Int, _ now: Int, into outputs: inout [Output]
  ) {
    var forwarded: [UInt8] = []
    let span = bytes.span
    do throws(WireError) {
      if phase == .idle {
        let isFirst = headReader.isEmpty
        guard let head = try headReader.read(span, at: &offset) else {
          if isFirst, !headReader.isEmpty { since = now }
          return
        }
        bodyReader = BodyReader(try BodyFraming.ofRequest(head))
        let path = originForm(of: head.target).prefix { $0 != "?" }
        if head.method == "GET", path == "/health" {
          return answer(200, #"{"status":"ok"}"#, into: &outputs)
        }
        begin(head, at: now).write(into: &forwarded)
      }
      let bodyStart = offset
      while let range = try bodyReader.read(span, at: &offset) {
        bodyCount += range.count
        if !recorder.isGivenUp { request.body.append(copying: span.extracting(range)) }
      }
      forwarded.append(copying: span.extracting(bodyStart..<offset))
    } catch {
      return refuse(400, "the request is not HTTP/1.1: \(error)", into: &outputs)
    }
    if !hasUpstream {
      hasUpstream = true
      outputs.append(.connect)
    }
    outputs.append(.upstream(forwarded))
    (start, lastSeen) = (now, now)
    weigh(into: &outputs)
    if bodyReader.isComplete { phase = .response }
  }

  /// Pauses reading from the client while enough of its bytes are held, and tells the server so.
  private mutating func pauseClient(into outputs: inout [Output]) {
    let reads = early.count < limits.earlyMax
    guard reads != readsClient, phase != .closed else { return }
    readsClient = reads
    outputs.append(.readClient(reads))
  }

  /// The head as it goes upstream.
  private mutating func begin(_ head: RequestHead, at now: Int) -> RequestHead {
    phase = .request
    (since, bodyCount) = (now, 0)
    var head = head
    head.target = upstream.target(for: head.target)
    head.fields.set("Host", upstream.authority)
    head.fields.set("Accept-Encoding", "identity")
    request = Session.Request(
      method: head.method, target: head.target, fields: head.fields, body: [])
    recorder = ResponseRecorder(method: head.method)
    return head
  }

  /// Checks whether the exchange is too large to keep.
  private mutating func weigh(into outputs: inout [Output]) {
    guard heldCount - early.count > limits.bytesMax else { return }
    let size = "\(limits.bytesMax >> 20) MiB"
    giveUp("the session is larger than \(size); --max-size takes more", into: &outputs)
  }

  /// The recorder's own answer; the connection ends after it.
  private mutating func answer(_ status: Int, _ body: String, into outputs: inout [Output]) {
    var bytes: [UInt8] = []
    ResponseHead(
      status: status,
      fields: [
        Field("Content-Type", "application/json"), Field("Content-Length", "\(body.utf8.count)"),
        Field("Connection", "close"),
      ]
    ).write(into: &bytes)
    outputs.append(.client(bytes + Array(body.utf8)))
    if hasUpstream { outputs.append(.closeUpstream) }
    outputs.append(.closeClient)
    phase = .closed
  }

  /// Answers with an error in the upstream's place; never after a byte of the upstream has passed.
  private mutating func refuse(_ status: Int, _ reason: String, into outputs: inout [Output]) {
    outputs.append(.note(reason))
    guard recorder.byteCount == 0 || phase == .idle else {
      if hasUpstream { outputs.append(.closeUpstream) }
      outputs.append(.resetClient)
      phase = .closed
      return
    }
    if status == 502 { hasUpstream = false }
    let body =
      #"{"error":{"message":"replay record: \#(reason)","type":"recorder_error","#
      + #""code":\#(status)}}"#
    answer(status, body, into: &outputs)
  }
}

// Answers.
extension RecordingConnection {
  private mutating func takeResponse(
    _ bytes: [UInt8], at now: Int, into outputs: inout [Output]
  ) {
    // Before anything else, the client gets its bytes.
    outputs.append(.client(bytes))
    lastSeen = now
    do throws(WireError) {
      try recorder.take(bytes, at: max(now - start, 0))
    } catch {
      outputs.append(.note("not recorded, the answer is not HTTP/1.1: \(error)"))
      phase = .blind
      if !early.isEmpty { outputs.append(.upstream(early.takeAll())) }
      pauseClient(into: &outputs)
      return
    }
    weigh(into: &outputs)
    goOn(at: now, into: &outputs)
  }

  /// Ends exchanges whose messages are both complete, and begins the next.
  private mutating func goOn(at now: Int, into outputs: inout [Output]) {
    while phase == .response, recorder.end != nil {
      capture(into: &outputs)
      phase = .idle
      since = now
      guard !early.isEmpty else { break }
      var waiting = early
      early = Backlog()
      waiting.consume { takeRequest($0, at: &$1, now, into: &outputs) }
      if phase != .closed { early = waiting }
    }
    pauseClient(into: &outputs)
  }

  private mutating func clientLeft(isReset: Bool, into outputs: inout [Output]) {
    recorder.clientLeft(isReset: isReset)
    end(isReset ? .resetUpstream : .closeUpstream, isReset ? nil : .closeClient, into: &outputs)
  }

  /// Ends both connections, and records the open exchange.
  private mutating func end(
    _ upstream: Output?, _ client: Output?, into outputs: inout [Output]
  ) {
    if let client { outputs.append(client) }
    if hasUpstream, let upstream { outputs.append(upstream) }
    if isBusy { capture(into: &outputs) }
    phase = .closed
  }

  private mutating func capture(into outputs: inout [Output]) {
    guard !recorder.isGivenUp else { return }
    guard let head = recorder.head, let end = recorder.end else {
      outputs.append(.note("not recorded: \(request.method) ended before an answer began"))
      return
    }
    outputs.append(
      .captured(
        CapturedExchange(
          request: request, response: head, framing: recorder.framing, body: recorder.body,
          fragments: recorder.fragments, end: end, start: start, tls: tls)))
    request.body = []
    recorder = ResponseRecorder(method: "")
  }
}
