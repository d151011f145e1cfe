// A small plain proxy to hang flaws on. It is right in all that HTTP asks (Wire reads and writes for
// it), and leaves to its handler what happens to body bytes and ends: there a canary is wrong on
// purpose. A check that lets a canary pass is broken.

internal import Judging
internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

/// What a canary does with the body of a response.
protocol BodyHandler: Sendable {
  /// Whether a cut answer ends like a whole one; false where nothing else is said.
  static var callsEveryEndClean: Bool { get }
  /// Whether an answer that was cut by this failure ends like a whole one; by default where every end
  /// is called clean.
  static func callsClean(_ failure: ProxyError) -> Bool
  /// Whether it takes the bodies of all responses; event streams only where nothing else is said,
  /// and other bodies pass as they are.
  static var takesEveryBody: Bool { get }
  /// Whether what it writes when the upstream fails is its bug; false where nothing else is said, and
  /// a proxy that stands for one of another process then aborts, as those do.
  static var errsOnFailure: Bool { get }
  /// Whether it takes at once what comes in one read, however many HTTP chunks that is; chunk by chunk
  /// where nothing else is said. Libraries do the one or the other.
  static var takesWholeReads: Bool { get }
  /// Whether it has given up, and breaks the answer off; false where nothing else is said.
  var breaksOff: Bool { get }
  init()
  /// A response has begun; nothing by default.
  mutating func begin(_ head: ResponseHead)
  /// Takes a fragment of the body; returns what goes to the client now.
  mutating func take(_ fragment: [UInt8]) -> [UInt8]
  /// The body has ended; returns what still goes to the client.
  mutating func finish() -> [UInt8]
  /// The upstream has failed; returns what still goes to the client. By default that is what
  /// `finish` gives, and the error event behind it unless every end is called clean.
  mutating func fail(_ failure: ProxyError) -> [UInt8]
}

extension BodyHandler {
  static var callsEveryEndClean: Bool { false }
  static func callsClean(_ failure: ProxyError) -> Bool { callsEveryEndClean }
  static var takesEveryBody: Bool { false }
  static var errsOnFailure: Bool { callsEveryEndClean }
  static var takesWholeReads: Bool { false }
  var breaksOff: Bool { false }
  package mutating func begin(_ head: ResponseHead) {}
  package mutating func finish() -> [UInt8] { [] }
  mutating func fail(_ failure: ProxyError) -> [UInt8] {
    finish() + (Self.callsClean(failure) ? [] : failure.event)
  }
}

/// A proxy whose treatment of bodies is its handler's.
struct CanaryProxy<Handler: BodyHandler>: ProxyCore {
  private enum Phase { case request, connecting, head, firstByte, body, closed }
  /// How a body goes to the client (RFC 9112 section 6).
  private enum Coding { case none, chunked, untilClose }

  private let settings: Settings
  private var phase = Phase.request
  /// Client bytes that belong to no request yet.
  private var pending: [UInt8] = []
  private var requestHead = RequestHeadReader()
  private var request: RequestHead?
  private var requestReader = BodyReader(.none)
  private var requestBody: [UInt8] = []
  private var headReader = ResponseHeadReader()
  private var answer: ResponseHead?
  private var bodyReader = BodyReader(.none)
  private var coding = Coding.chunked
  private var handler = Handler()
  /// Whether the body is the handler's.
  private var isHandled = true
  package private(set) var deadline: Milliseconds?

  init(settings: Settings) { self.settings = settings }

  package var isClosed: Bool { phase == .closed }

  package mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    guard phase != .closed else { return }
    switch input {
    case .client(let bytes):
      pending += bytes
      takeRequests(into: &outputs)
    case .upstreamConnected:
      phase = .head
      deadline = now + settings.limits.firstByteTimeMax
      outputs.append(.upstream(upstreamRequest()))
    case .upstream(let bytes):
      deadline = now + settings.limits.idleTimeMax
      takeResponse(bytes, into: &outputs)
    case .upstreamClosed(let closing):
      let isWhole = answer != nil && closing == .finished && bodyReader.closed()
      end(isWhole ? nil : closing == .finished ? .truncated : .reset, into: &outputs)
    case .deadline:
      end(.idleTimeout, into: &outputs)
    case .upstreamRefused:
      end(.refused, into: &outputs)
    case .clientClosed, .stop(.now):
      close(into: &outputs)
    case .stop(.gently):
      // An answer under way goes on.
      if phase == .request { close(into: &outputs) }
    case .clientOpened, .clientSurplus, .clientEvicted, .clientSlow, .account, .noAccount:
      break
    }
  }

  /// Takes requests until one waits for the upstream. What is not a request is waited for in vain.
  private mutating func takeRequests(into outputs: inout [Exchange.Output]) {
    while phase == .request, takeRequest() {
      switch request?.method {
      case "POST":
        phase = .connecting
        outputs.append(.connect)
      case "OPTIONS": answerItself("204 No Content", into: &outputs)
      default: answerItself("405 Method Not Allowed\r\nContent-Length: 0", into: &outputs)
      }
    }
  }

  /// Whether a request is whole.
  private mutating func takeRequest() -> Bool {
    let bytes = pending
    var offset = 0
    defer { pending.removeFirst(offset) }
    if request == nil {
      guard let head = try? requestHead.read(bytes.span, at: &offset),
        let framing = try? BodyFraming.ofRequest(head)
      else { return false }
      request = head
      requestReader = BodyReader(framing)
    }
    while let range = try? requestReader.read(bytes.span, at: &offset) {
      requestBody += bytes[range]
    }
    return requestReader.isComplete
  }

  private mutating func answerItself(_ text: String, into outputs: inout [Exchange.Output]) {
    outputs.append(.client(Array("HTTP/1.1 \(text)\r\n\r\n".utf8)))
    beginAnew()
  }

  /// Waits for the next request on the client's connection.
  private mutating func beginAnew() {
    let left = pending
    self = CanaryProxy(settings: settings)
    pending = left
  }

  private func upstreamRequest() -> [UInt8] {
    var head = RequestHead(
      method: "POST", target: settings.upstream.path + "/chat/completions",
      fields: request?.fields ?? [])
    head.fields.set("Host", settings.upstream.authority)
    head.fields.set("Authorization", "Bearer \(settings.key)")
    head.fields.set("Connection", "close")
    var bytes: [UInt8] = []
    head.write(into: &bytes)
    return bytes + requestBody
  }

  private mutating func takeResponse(_ bytes: [UInt8], into outputs: inout [Exchange.Output]) {
    var offset = 0
    var passed: [UInt8] = []
    var failure: ProxyError?
    do {
      while phase == .head {
        guard let head = try headReader.read(bytes.span, at: &offset) else { return }
        if head.status >= 200 { try begin(head) } else { headReader = ResponseHeadReader() }
        if SharedMemory.current.actsAsOthers { openBody(into: &outputs) }
      }
      while let range = try bodyReader.read(bytes.span, at: &offset) {
        openBody(into: &outputs)
        let isWhole = !isHandled || Handler.takesWholeReads
        passed += isWhole ? Array(bytes[range]) : handler.take(Array(bytes[range]))
      }
    } catch {
      failure = .malformed
    }
    if isHandled, Handler.takesWholeReads, !passed.isEmpty { passed = handler.take(passed) }
    send(passed, into: &outputs)
    if isHandled, handler.breaksOff { return close(into: &outputs) }
    if failure != nil || bodyReader.isComplete { end(failure, into: &outputs) }
  }

  /// The final head of a response.
  private mutating func begin(_ head: ResponseHead) throws {
    let framing = try BodyFraming.ofResponse(head, toMethod: "POST")
    bodyReader = BodyReader(framing)
    answer = head
    coding = framing == .none ? .none : request?.version == .http10 ? .untilClose : .chunked
    isHandled = Handler.takesEveryBody || isEventStream(head)
    handler.begin(head)
    phase = .firstByte
  }

  private mutating func openBody(into outputs: inout [Exchange.Output]) {
    guard phase == .firstByte, let answer else { return }
    phase = .body
    outputs.append(.client(clientHead(answer)))
  }

  private func clientHead(_ answer: ResponseHead) -> [UInt8] {
    var head = ResponseHead(status: answer.status, reason: answer.reason)
    let hops = Self.hopFields + answer.fields.members("Connection")
    head.fields.list = answer.fields.list.filter { field in !hops.contains(where: field.isNamed) }
    head.fields.set("Cache-Control", "no-cache, no-transform")
    head.fields.set("X-Accel-Buffering", "no")
    if coding == .chunked { head.fields.add("Transfer-Encoding", "chunked") }
    var bytes: [UInt8] = []
    head.write(into: &bytes)
    return bytes
  }

  /// Fields for one connection only, and those that frame a body (RFC 9110 section 7.6.1).
  private static var hopFields: [String] {
    [
      "Connection", "Content-Length", "Keep-Alive", "Proxy-Connection", "TE", "Trailer",
      "Transfer-Encoding", "Upgrade",
    ]
  }

  private func send(_ bytes: [UInt8], into outputs: inout [Exchange.Output]) {
    guard !bytes.isEmpty, coding == .chunked else {
      if !bytes.isEmpty { outputs.append(.client(bytes)) }
      return
    }
    var chunk: [UInt8] = []
    writeChunk(bytes.span, into: &chunk)
    outputs.append(.client(chunk))
  }

  /// The response is over, by a failure or (nil) properly.
  private mutating func end(_ failure: ProxyError?, into outputs: inout [Exchange.Output]) {
    guard let failure else {
      openBody(into: &outputs)
      if isHandled, coding != .none { send(handler.finish(), into: &outputs) }
      endChunks(into: &outputs)
      if coding == .untilClose { return close(into: &outputs) }
      outputs.append(.closeUpstream)
      beginAnew()
      return takeRequests(into: &outputs)
    }
    if phase == .body {
      let aborts =
        SharedMemory.current.actsAsOthers && !Handler.errsOnFailure
        && !Handler.callsClean(failure)
      if isHandled, !aborts { send(handler.fail(failure), into: &outputs) }
      if Handler.callsClean(failure) { endChunks(into: &outputs) }
    } else {
      outputs.append(.client(errorAnswer(failure)))
    }
    close(into: &outputs)
  }

  private func endChunks(into outputs: inout [Exchange.Output]) {
    guard coding == .chunked else { return }
    var last: [UInt8] = []
    writeLastChunk(into: &last)
    outputs.append(.client(last))
  }

  private func errorAnswer(_ failure: ProxyError) -> [UInt8] {
    let body = #"{"error":{"message":"failed","type":"upstream_error","code":"failed"}}"#
    let head = ResponseHead(
      status: failure.status,
      fields: [
        Field("Content-Type", "application/json"), Field("Content-Length", "\(body.utf8.count)"),
      ])
    var bytes: [UInt8] = []
    head.write(into: &bytes)
    return bytes + body.utf8
  }

  private mutating func close(into outputs: inout [Exchange.Output]) {
    outputs += [.closeUpstream, .closeClient]
    phase = .closed
    deadline = nil
  }
}

/// Whether a response is an event stream that can be read as it is.
private func isEventStream(_ head: ResponseHead) -> Bool {
  head.fields.mediaType == "text/event-stream" && head.fields["Content-Encoding"] == nil
}
