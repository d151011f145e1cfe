// The recorder's machine for one client: a transparent pipe that knows where messages begin and end.
//
// A request goes upstream with two fields changed (Host, and Accept-Encoding so that bodies stay
// readable); everything else, and every byte of the answer, passes as it came and before it is
// written down. Requests of one connection share one upstream connection, so whether it stays or
// closes is between the client and the upstream. Bytes that are no HTTP pass all the same, and are
// not recorded. The machine does no I/O: time is an argument, and it says when it wants to be woken.

internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
package import Recordings
internal import Sockets
internal import Terminal
package import Wire

/// The pipe between one client connection and the upstream.
package struct Tap: Hashable, Sendable {
  /// What can happen.
  package enum Input: Hashable, Sendable {
    case client([UInt8])
    /// The client has ended its direction: it has gone.
    case clientFinished
    case clientReset
    case connected
    case refused
    case upstream([UInt8])
    case upstreamFinished
    case upstreamReset
    /// A slow client has got all that waited for it.
    case drained
    /// The time of `deadline` has come.
    case deadline
  }

  /// What is to be done.
  package enum Output: Hashable, Sendable {
    case connect
    case upstream([UInt8])
    case closeUpstream
    case resetUpstream
    case client([UInt8])
    case closeClient
    /// Abort the client's connection, behind what it has still to get.
    case resetClient
    case captured(CapturedExchange)
    /// A line for the operator.
    case note(String)
    /// A line for the operator: the open exchange passes, and will not be captured.
    case lost(String)
  }

  private enum Phase: Hashable, Sendable {
    /// No request is open.
    case idle
    /// The body of a request is on its way.
    case request
    /// The request has gone out; its answer is not complete.
    case response
    /// What passes is not understood, and only passes.
    case blind
    case closed
  }

  /// How many bytes a client may send ahead of an answer.
  private static let earlyMax = 16 << 20

  private let upstream: BaseURL
  private let silenceMax: Int
  private let bytesMax: Int
  private var phase = Phase.idle
  private var hasUpstream = false
  private var headReader: RequestHeadReader
  private var bodyReader = BodyReader(.none)
  private var request = Session.Request(method: "", target: "", fields: [], body: [])
  private var recorder = ResponseRecorder(method: "")
  /// Bytes of the next request that came before the answer was complete.
  private var early: [UInt8] = []
  private var start = 0
  private var lastSeen = 0

  /// - Parameters:
  ///   - upstream: Where requests go.
  ///   - silenceMax: How long an upstream may say nothing within an exchange, in milliseconds.
  ///   - bytesMax: How much of one exchange is kept, in bytes; a larger one passes all the same.
  package init(upstream: BaseURL, silenceMax: Int, bytesMax: Int = .max) {
    self.upstream = upstream
    self.silenceMax = silenceMax
    self.bytesMax = bytesMax
    headReader = Self.freshHeadReader()
  }

  /// Nothing will happen any more.
  package var isClosed: Bool { phase == .closed }

  /// Whether a request is open.
  package var isBusy: Bool { phase == .request || phase == .response }

  /// How many bytes of memory the open exchange takes, about.
  package var heldCount: Int { request.body.count + recorder.heldCount + early.count }

  /// Keeps the open exchange no longer; it passes on.
  package mutating func giveUp(_ reason: String, into outputs: inout [Output]) {
    guard isBusy, !recorder.isGivenUp else { return }
    recorder.giveUp()
    request.body = []
    outputs.append(.lost("not recorded: \(reason)"))
  }

  /// When the machine wants `Input.deadline`.
  package var deadline: Int? { isBusy ? lastSeen + silenceMax : nil }

  /// Takes what happened at `now`, in milliseconds; appends what is to be done.
  package mutating func handle(_ input: Input, at now: Int, into outputs: inout [Output]) {
    switch (phase, input) {
    case (.closed, _): break
    case (.idle, .client(let bytes)), (.request, .client(let bytes)):
      takeRequest(bytes, at: now, into: &outputs)
    case (.response, .client(let bytes)): takeEarly(bytes, into: &outputs)
    case (.blind, .client(let bytes)): outputs.append(.upstream(bytes))
    case (_, .connected): (start, lastSeen) = (now, now)
    case (_, .drained): lastSeen = now
    case (_, .refused): refuse(502, "cannot connect to \(upstream.authority)", into: &outputs)
    case (.idle, .upstream(let bytes)), (.blind, .upstream(let bytes)):
      phase = .blind
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
    case (.request, .deadline), (.response, .deadline):
      guard lastSeen + silenceMax <= now else { return }
      recorder.clientGaveUp()
      end(.closeUpstream, .resetClient, into: &outputs)
    case (.idle, .deadline), (.blind, .deadline): break
    }
  }

  private static func freshHeadReader() -> RequestHeadReader {
    var limits = Limits()
    limits.headBytesMax = 256 * 1024
    limits.fieldsMax = 500
    return RequestHeadReader(limits: limits)
  }
}

// The request's way.
extension Tap {
  private mutating func takeRequest(
    _ bytes: [UInt8], at now: Int, into outputs: inout [Output]
  ) {
    var offset = 0
    var forwarded: [UInt8] = []
    let span = bytes.span
    do throws(WireError) {
      if phase == .idle {
        guard let head = try headReader.read(span, at: &offset) else { return }
        bodyReader = BodyReader(try BodyFraming.ofRequest(head))
        if head.method == "GET", head.target == "/health" {
          return answer(200, #"{"status":"ok"}"#, into: &outputs)
        }
        begin(head).write(into: &forwarded)
      }
      let bodyStart = offset
      while let range = try bodyReader.read(span, at: &offset) {
        if !recorder.isGivenUp { request.body.append(copying: span.extracting(range)) }
      }
      forwarded.append(copying: span.extracting(bodyStart..<offset))
    } catch {
      return refuse(400, "the request is no HTTP/1.1: \(error)", into: &outputs)
    }
    if !hasUpstream {
      hasUpstream = true
      outputs.append(.connect)
    }
    outputs.append(.upstream(forwarded))
    (start, lastSeen) = (now, now)
    weigh(into: &outputs)
    guard bodyReader.isComplete else { return }
    early = Array(bytes[offset...])
    phase = .response
    goOn(at: now, into: &outputs)
  }

  /// The head as it goes upstream.
  private mutating func begin(_ head: RequestHead) -> RequestHead {
    phase = .request
    var head = head
    head.target = upstream.target(for: head.target)
    head.fields.set("Host", upstream.authority)
    head.fields.set("Accept-Encoding", "identity")
    request = Session.Request(
      method: head.method, target: head.target, fields: head.fields, body: [])
    recorder = ResponseRecorder(method: head.method)
    return head
  }

  /// Keeps what came before its time; nobody sends that much of it in earnest.
  private mutating func takeEarly(_ bytes: [UInt8], into outputs: inout [Output]) {
    early += bytes
    guard early.count > Self.earlyMax else { return }
    outputs.append(.note("the client sends on and on before its answer is complete"))
    recorder.clientLeft(isReset: true)
    end(.resetUpstream, .resetClient, into: &outputs)
  }

  /// Makes sure that the exchange is not too large to keep.
  private mutating func weigh(into outputs: inout [Output]) {
    guard heldCount - early.count > bytesMax else { return }
    giveUp(
      "the session is larger than \(bytesMax >> 20) MiB; --max-size takes more", into: &outputs)
  }

  /// The recorder's own answer; the connection ends behind it.
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

  /// Says in the upstream's place what went wrong; never once a byte of the upstream has passed.
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

// The answer's way.
extension Tap {
  private mutating func takeResponse(
    _ bytes: [UInt8], at now: Int, into outputs: inout [Output]
  ) {
    // First of all the client gets what is its own.
    outputs.append(.client(bytes))
    lastSeen = now
    do throws(WireError) {
      try recorder.take(bytes, at: max(now - start, 0))
    } catch {
      outputs.append(.note("not recorded, the answer is no HTTP/1.1: \(error)"))
      phase = .blind
      if !early.isEmpty { outputs.append(.upstream(early)) }
      early = []
      return
    }
    weigh(into: &outputs)
    goOn(at: now, into: &outputs)
  }

  /// Ends the exchange when both messages are complete, and begins the next.
  private mutating func goOn(at now: Int, into outputs: inout [Output]) {
    guard phase == .response, recorder.end != nil else { return }
    capture(into: &outputs)
    phase = .idle
    let next = early
    early = []
    if !next.isEmpty { takeRequest(next, at: now, into: &outputs) }
  }

  private mutating func clientLeft(isReset: Bool, into outputs: inout [Output]) {
    recorder.clientLeft(isReset: isReset)
    end(isReset ? .resetUpstream : .closeUpstream, isReset ? nil : .closeClient, into: &outputs)
  }

  /// Ends both connections, and writes down the exchange that was open.
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
          fragments: recorder.fragments, end: end, start: start)))
    request.body = []
    recorder = ResponseRecorder(method: "")
  }
}
