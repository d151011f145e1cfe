// How a crowd is written down: who comes when and asks what, and what each must get.

package import Judging
internal import MockQwen
internal import ProxyUnderTest
package import Stages
internal import Wire

/// What a client of a crowd must get.
package struct CrowdOutcome: Hashable, Sendable {
  package enum Answer: Hashable, Sendable {
    /// An answer that is complete. `closes` tells whether it says that the connection ends behind it.
    case whole(status: Int, body: [UInt8], closes: Bool, retryAfter: Bool = false)
    /// A stream that breaks off behind an event of `body`, and ends with the error.
    case brokenOff(body: [UInt8], DocumentedError)
  }

  package var answers: [Answer] = []
  package var end = CrowdObservation.End.open
  /// When its last byte came; nil where it gets none.
  package var lastTime: Int?
  /// How many bytes of its requests the proxy may take before it answers; nil where nothing says so.
  package var takenMax: Int?
}

/// A crowd, and what must come of it.
package struct CrowdCase: Sendable {
  package let name: String
  package private(set) var crowd: Crowd
  package private(set) var outcomes: [Int: CrowdOutcome] = [:]
  /// The clients whose requests reach the upstream, in their order.
  package var asking: [Int] = []
  /// How many bytes of answers the proxy may hold: what a client that is not slow may let wait, a read,
  /// a block, and what frames it.
  package var aheadMax = 512 * 1024
  /// Whether the log tells each fragment of the only client's answer with its offsets.
  package var notesFragments: Bool { crowd.settings.notesFragments }

  /// The session that answers where nothing else is said.
  static let usual = Self.stream(["data: a\n\n", "data: [DONE]\n\n"], at: [0, 0])

  init(_ name: String, connections: Int? = nil, set: (inout Settings) -> Void = { _ in }) {
    var settings = Settings()
    if let connections { settings.limits.connectionsMax = connections }
    set(&settings)
    self.name = name
    crowd = Crowd(
      settings: settings, steps: [], answers: [:], usual: Delivery(Self.usual, Plan()))
  }

  /// A crowd whose first client asks for a session, and does not read until a time, or ever again.
  init(
    _ name: String, resting session: Session, until time: Int?, connections: Int? = nil,
    set: (inout Settings) -> Void = { _ in }
  ) {
    self.init(name, connections: connections, set: set)
    answer(0, session)
    asks(0, at: 0)
    act(0, at: 0, .read(false))
    if let time { act(0, at: time, .read(true)) }
    asking = [0]
  }

  /// A stream of these pieces, each at its time in milliseconds since the request.
  static func stream(_ pieces: [String], at times: [Int]) -> Session {
    .plainStream("crowd", zip(pieces, times).map { ($0, $1) })
  }

  /// A stream of so many blocks of 16 KiB, all at once, and its end at a time.
  static func large(_ count: Int, endingAt time: Int = 0) -> Session {
    let block = "data: " + String(repeating: "x", count: 16 * 1024 - 8) + "\n\n"
    return stream(
      Array(repeating: block, count: count) + ["data: [DONE]\n\n"],
      at: Array(repeating: 0, count: count) + [time])
  }

  // MARK: What clients do

  mutating func act(_ client: Int, at time: Int, _ acts: Crowd.Act...) {
    // Behind all that happens at the same time.
    let place = crowd.steps.partitionPoint { $0.time <= time }
    crowd.steps.insert(contentsOf: acts.map { Crowd.Step(time, client, $0) }, at: place)
  }

  mutating func connects(_ client: Int, at time: Int) { act(client, at: time, .connect) }

  /// Connects and asks for a chat.
  mutating func asks(_ client: Int, at time: Int) {
    act(client, at: time, .connect, .send(Self.chat(client)))
  }

  /// Answers a client with a session, in the times that it says.
  mutating func answer(_ client: Int, _ session: Session, stalling: Bool = false) {
    var plan = Plan()
    (plan.cuts, plan.pacing) = (.recorded, .recorded)
    if stalling {
      let end = Transmission(session, plan).completeEnd
      plan.fault = Fault(.stall, at: end - 1)
    }
    crowd.answers[client] = Delivery(session, plan)
  }

  /// Answers all requests that name no client with a status and a body.
  mutating func answersAlways(_ status: Int, _ body: String) {
    var session = Self.stream([body], at: [0])
    session.response = ResponseHead(
      status: status, fields: [Field("Content-Type", "application/json")])
    crowd.usual = ownDelivery(of: session)
  }

  /// A request for a chat, which names its client; with a body of `count` bytes, where that is said.
  static func chat(_ client: Int, count: Int? = nil) -> [UInt8] {
    let body = chatBody(client, count: count)
    return Array(head(of: body.count).utf8) + body
  }

  static func head(of count: Int) -> String {
    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(count)\r\n\r\n"
  }

  static func chatBody(_ client: Int, count: Int? = nil) -> [UInt8] {
    let (start, end) = (#"{"model":"m","stream":true,"#, #""user":"stream-\#(client)"}"#)
    let blanks = max(0, (count ?? 0) - start.utf8.count - end.utf8.count)
    return Array((start + String(repeating: " ", count: blanks) + end).utf8)
  }

  static func get(_ path: String, method: String = "GET") -> [UInt8] {
    Array("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
  }

  // MARK: What they must get

  /// The client gets these answers, the last byte at `last`, and the proxy ends the connection as said.
  mutating func wants(
    _ client: Int, _ answers: [CrowdOutcome.Answer], last: Int?, _ end: CrowdObservation.End
  ) {
    outcomes[client, default: CrowdOutcome()].answers = answers
    outcomes[client]?.lastTime = last
    outcomes[client]?.end = end
  }

  /// The client gets nothing.
  mutating func wants(_ client: Int, ends end: CrowdObservation.End) {
    wants(client, [], last: nil, end)
  }

  /// The client gets a body at a time, and its connection is kept for as long as ever.
  mutating func wantsWhole(_ client: Int, _ body: [UInt8] = Self.usual.body, at time: Int) {
    wants(
      client, [.whole(status: 200, body: body, closes: false)], last: time,
      .closed(at: time + DocumentedLimit.clientIdle))
  }

  /// The client is refused in words, and its connection ends.
  mutating func wantsRefusal(_ client: Int, _ error: DocumentedError, at time: Int) {
    wants(client, [Self.refusal(error)], last: time, .closed(at: time))
  }

  mutating func takesAtMost(_ count: Int, from client: Int) {
    outcomes[client, default: CrowdOutcome()].takenMax = count
  }

  static func refusal(_ error: DocumentedError) -> CrowdOutcome.Answer {
    .whole(status: error.status, body: error.body, closes: true, retryAfter: error == .busy)
  }
}
