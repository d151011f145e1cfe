// An exchange is one client connection and what happens to its requests: client bytes in, a request
// upstream, the upstream's bytes through parser and relay, client bytes out. It is a value without
// I/O: the owner of the sockets (or a simulation of them) feeds inputs and carries the outputs out.
//
// The phase names what the exchange waits for; the bytes lie beside it. A request goes
//   head → requestBody → account → connecting → answer → firstByte → body → head (of the next request)
// and from any of them to closed. An answer that counts against its account goes
//   answer → refusal → account
// and round again with another account, until one is accepted or none is left.

internal import Wire

/// One client connection of the proxy, as a value.
package struct Exchange: Hashable, Sendable {
  /// What the exchange waits for.
  enum Phase: Hashable, Sendable {
    /// The head of a request.
    case head
    /// The rest of a request's body.
    case requestBody
    /// An account to send the request with.
    case account
    /// A connection to the upstream.
    case connecting
    /// The head of the upstream's final response.
    case answer
    /// The first byte of the response body: until then a failure can be an HTTP error.
    case firstByte
    /// The rest of an answer that is held, because another account may get a better one.
    case refusal
    /// The rest of the response body.
    case body
    /// Nothing.
    case closed
  }

  @CopyOnWrite private(set) var settings: Settings
  var phase = Phase.head
  var deadlines = Deadlines()
  /// When to wake the exchange with `Input.deadline`, or nil. It is 0 (long past) while early
  /// requests wait that could be taken, so that other clients have their turn first.
  package var deadline: Milliseconds? { mayTakeEarly ? 0 : deadlines.next }

  /// Whether the client does not keep up: the upstream is not read, and no request is taken.
  var clientIsSlow = false
  /// Whether the client has ended its direction but still waits for its answer.
  var clientHasFinished = false
  /// Why no request is taken any more, or nil.
  var noMoreRequests: ProxyError?
  /// When the body last brought an event, checked at most once a second.
  var progressTime: Milliseconds = 0

  @CopyOnWrite var headReader: RequestHeadReader
  @CopyOnWrite var request: RequestHead?
  /// What `request` asks for.
  var route = Route.notFound
  @CopyOnWrite var requestReader = BodyReader(.none)
  var requestBody: [UInt8] = []
  /// When the body of the request began to come, and how many of its bytes have.
  var bodyStart: Milliseconds = 0
  var bodyCount = 0
  /// Client bytes after the current request.
  var early = Backlog()
  /// Whether the client's bytes are read, as the server was last told.
  var readsClient = true

  /// What the request is sent with.
  @CopyOnWrite var credential: Credential
  @CopyOnWrite var heldAnswer = HeldAnswer()
  @CopyOnWrite var answerReader: ResponseHeadReader
  @CopyOnWrite var answer: ResponseHead?
  var bodyReader = BodyReader(.none)
  var form = ResponseForm.none
  var relay = Relay()
  /// Whether the client gets a stream in one piece, and what has been joined so far.
  var joinsStream = false
  @CopyOnWrite var whole = WholeAnswer()

  /// Counts of bytes taken from the upstream and sent to the client, for notes.
  var counts = Counts()

  package init(settings: Settings) {
    self.settings = settings
    headReader = RequestHeadReader(limits: settings.limits.wire)
    answerReader = ResponseHeadReader(limits: settings.limits.wire)
    credential = Credential(upstream: settings.upstream, key: Secret(settings.key))
  }

  /// Whether the exchange is over: its connections are closed and no input changes anything.
  package var isClosed: Bool { phase == .closed }

  /// Takes what happened at time `now`; appends what to do to `outputs`.
  package mutating func handle(
    _ input: Input, at now: Milliseconds, into outputs: inout [Output]
  ) {
    switch (phase, input) {
    case (.closed, _), (_, .clientOpened):
      break
    case (_, .clientSurplus):
      noMoreRequests = .busy
    case (_, .clientEvicted):
      makeRoom(into: &outputs)
    case (.head, .client(let bytes)), (.requestBody, .client(let bytes)):
      takeRequests(from: bytes, at: now, into: &outputs)
    case (.account, .client(let bytes)), (.connecting, .client(let bytes)),
      (.answer, .client(let bytes)), (.firstByte, .client(let bytes)),
      (.refusal, .client(let bytes)), (.body, .client(let bytes)):
      early.append(bytes[...])
    case (_, .clientClosed(.finished)) where settings.keepsHalfClosed && isAnswering:
      clientHasFinished = true
    case (_, .clientClosed):
      abandon(into: &outputs)
    case (.account, .account(let credential)):
      connect(with: credential, at: now, into: &outputs)
    case (.account, .noAccount):
      giveUp(at: now, into: &outputs)
    case (_, .clientSlow(let isSlow)):
      clientPaceChanged(isSlow: isSlow, at: now)
    case (.connecting, .upstreamConnected):
      sendRequest(at: now, into: &outputs)
    case (.connecting, .upstreamRefused), (.answer, .upstreamRefused):
      fail(.refused, into: &outputs)
    case (.answer, .upstream(let bytes)), (.firstByte, .upstream(let bytes)),
      (.refusal, .upstream(let bytes)), (.body, .upstream(let bytes)):
      takeUpstream(bytes, at: now, into: &outputs)
    case (.connecting, .upstreamClosed(let closing)), (.answer, .upstreamClosed(let closing)),
      (.firstByte, .upstreamClosed(let closing)), (.refusal, .upstreamClosed(let closing)),
      (.body, .upstreamClosed(let closing)):
      upstreamClosed(closing, at: now, into: &outputs)
    case (_, .deadline):
      deadlineCame(at: now, into: &outputs)
    case (_, .stop(let ending)):
      stop(ending, into: &outputs)
    case (.head, .upstream), (.requestBody, .upstream), (.account, .upstream),
      (.connecting, .upstream), (.head, .upstreamClosed), (.requestBody, .upstreamClosed),
      (.account, .upstreamClosed), (_, .upstreamConnected), (_, .upstreamRefused),
      (_, .account), (_, .noAccount):
      // Late news of a connection or a request that this exchange has given up.
      break
    }
    if case .client = input {} else { takeEarly(at: now, into: &outputs) }
    if phase == .head { awaitHead(at: now, into: &outputs) }
    pauseClient(into: &outputs)
  }

  /// Between two requests: closes after the last one, else waits for the next.
  private mutating func awaitHead(at now: Milliseconds, into outputs: inout [Output]) {
    if clientHasFinished, early.isEmpty {
      abandon(into: &outputs)
    } else if deadlines.wait == nil {
      deadlines.wait = now + settings.limits.clientIdleTimeMax
    }
  }

  /// The proxy is stopping: takes no further request; with `now`, ends the one under way too.
  private mutating func stop(_ ending: Stopping, into outputs: inout [Output]) {
    noMoreRequests = .stopping
    if phase == .head, headReader.isEmpty {
      abandon(into: &outputs)
    } else if ending == .now, phase != .closed {
      if phase == .refusal { phase = .firstByte }
      fail(.stopping, into: &outputs)
    }
  }

  /// The client is gone, so the upstream's work has no reader.
  private mutating func abandon(into outputs: inout [Output]) {
    if holdsUpstream { outputs.append(.closeUpstream) }
    outputs.append(.closeClient)
    close()
  }

  /// Whether a request is whole and its answer is not.
  private var isAnswering: Bool { holdsUpstream || phase == .account }

  /// Whether a connection to the upstream is open or asked for.
  var holdsUpstream: Bool {
    switch phase {
    case .connecting, .answer, .firstByte, .refusal, .body: true
    case .head, .requestBody, .account, .closed: false
    }
  }

  /// Ends the exchange and frees everything that it held, including the client's fields.
  mutating func close() {
    self = Exchange(settings: settings)
    phase = .closed
  }
}

/// Counts of bytes and fragments, for notes.
struct Counts: Hashable, Sendable {
  var upstreamBytes = 0
  var upstreamFragments = 0
  var clientBytes = 0
}
