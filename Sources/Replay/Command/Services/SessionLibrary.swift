// Which session answers a request to the mock. A client can name it in a field. A client that repeats a
// recorded request gets its session, even if DashScope would refuse the request. Any other valid request
// gets one after the other of the sessions that answer anything, and if there are none, a clear error.

internal import Canaries
internal import Foundation
internal import Judging
package import MockQwen
internal import ProxyUnderTest
package import Recordings
internal import Sockets
internal import Stages
internal import Terminal
internal import Trials
internal import Wire

/// The sessions of a mock server, and how they are delivered.
package struct SessionLibrary {
  /// The request field that names a session.
  package static let nameField = "X-Replay-Recording"

  private let sessions: [Session]
  private let plan: Plan
  /// Whether each session is framed as it was recorded, regardless of the plan.
  private let keepsFraming: Bool
  private let keys: RequestKeys
  private let rules: RequestRules?
  /// The requests of recordings.
  private var recorded: Set<RequestKey> = []
  /// The sessions that answer any request.
  private let wild: [Int]
  /// The sessions that answer equal requests, by those requests.
  private var byRequest: [RequestKey: [Int]] = [:]
  /// How often a session was chosen among equals, by request; the key nil is for requests that fit none.
  private var turns: [RequestKey?: Int] = [:]
  private var asked: Set<Int> = []
  /// How many requests no session answered.
  package private(set) var missCount = 0

  /// `sessions` holds at least one.
  ///
  /// - Parameters:
  ///   - keys: Which requests count as equal.
  ///   - rules: DashScope's rules for requests; nil accepts everything.
  ///   - answersAny: Whether recordings may answer requests that are not their own.
  ///   - isRecording: Whether a session's request was made by a real client.
  package init(
    _ sessions: [Session], plan: Plan, keepsFraming: Bool, keys: RequestKeys = RequestKeys(),
    rules: RequestRules? = nil, answersAny: Bool = false,
    isRecording: (Session) -> Bool = { _ in false }
  ) {
    precondition(!sessions.isEmpty, "a library holds at least one session")
    self.sessions = sessions
    self.plan = plan
    self.keepsFraming = keepsFraming
    self.keys = keys
    self.rules = rules
    var wild: [Int] = []
    for (index, session) in sessions.enumerated() {
      let key = keys.key(of: session.request)
      byRequest[key, default: []].append(index)
      let isRecording = isRecording(session)
      if isRecording { recorded.insert(key) }
      if answersAny || !isRecording { wild.append(index) }
    }
    self.wild = wild
  }

  /// The names of the sessions that were not asked for.
  package var unasked: [String] {
    sessions.indices.filter { !asked.contains($0) }.map { sessions[$0].name }
  }

  /// The answer to `request`.
  package mutating func delivery(for request: Session.Request) -> Delivery {
    // Browsers send no key with their preflight requests.
    if request.method == "OPTIONS", rules != nil {
      return ownDelivery(of: asideAnswer(to: request))
    }
    if let answer = rules?.health(for: request) ?? rules?.keyRefusal(of: request) {
      return ownDelivery(of: answer)
    }
    let key = keys.key(of: request)
    let name = request.fields[Self.nameField]
    if name == nil, byRequest[key] == nil, !wild.isEmpty, rules != nil, isAside(request) {
      return ownDelivery(of: asideAnswer(to: request))
    }
    if !recorded.contains(key), name != nil || !wild.isEmpty,
      let refusal = rules?.errorAnswer(to: request)
    {
      return ownDelivery(of: refusal.session(to: request))
    }
    if let name {
      guard let named = sessions.firstIndex(where: { $0.name == name }) else {
        return unknownName(request)
      }
      return delivery(of: named)
    }
    if let equals = byRequest[key] {
      return delivery(of: equals[takeTurn(of: key) % equals.count])
    }
    guard !wild.isEmpty else { return miss(request, key) }
    let fitting = wild.filter { isNative(sessions[$0].request) == isNative(request) }
    let choice = fitting.isEmpty ? wild : fitting
    return delivery(of: choice[takeTurn(of: nil) % choice.count])
  }

  /// Whether a request asks for something that no session is: another operation than a chat, or one whole
  /// answer.
  private func isAside(_ request: Session.Request) -> Bool {
    let path = request.target.prefix { $0 != "?" }
    let isChat = path.hasSuffix("/chat/completions") || isNative(request)
    guard request.method == "POST", isChat else { return !isChat }
    return asksForWholeAnswer(request) && rules?.errorAnswer(to: request) == nil
  }

  private func isNative(_ request: Session.Request) -> Bool {
    request.target.prefix { $0 != "?" }.hasSuffix("/generation")
  }

  /// A clear error: no recording answers the request. It names the nearest one and the differences.
  private mutating func miss(_ request: Session.Request, _ key: RequestKey) -> Delivery {
    missCount += 1
    let candidates = sessions.map { (name: $0.name, key: keys.key(of: $0.request)) }
    let nearest = candidates.max {
      key.likeness(to: $0.key).lexicographicallyPrecedes(key.likeness(to: $1.key))
    }
    let differences = nearest.map { key.differences(from: $0.key) } ?? []
    let message =
      "No recording answers this request. Nearest is \(nearest?.name ?? "none"): "
      + differences.joined(separator: "; ")
    let error: [String: Any] = [
      "error": ["message": message, "type": "replay_error", "code": "no_recording"]
    ]
    let body = try? JSONSerialization.data(
      withJSONObject: error, options: [.sortedKeys, .withoutEscapingSlashes])
    let bytes = body.map { Array($0) } ?? []
    let session = Session(
      name: message, request: request,
      response: ResponseHead(
        status: 599, reason: "No Recording", fields: [Field("Content-Type", "application/json")]),
      framing: .length, body: bytes,
      fragments: [Session.Fragment(end: bytes.count, milliseconds: 0)], ending: .complete)
    return ownDelivery(of: session)
  }

  private mutating func takeTurn(of key: RequestKey?) -> Int {
    defer { turns[key, default: 0] += 1 }
    return turns[key, default: 0]
  }

  private mutating func delivery(of index: Int) -> Delivery {
    asked.insert(index)
    let session = sessions[index]
    var plan = plan
    if keepsFraming { plan.framing = session.framing.planned }
    return Delivery(session, plan)
  }

  private func unknownName(_ request: Session.Request) -> Delivery {
    let isNative = request.target.prefix { $0 != "?" }.hasSuffix("/generation")
    let refusal = ErrorAnswer(
      status: 404, code: "recording_not_found",
      message: "This mock has no recording of the name in \(Self.nameField).", isNative: isNative)
    return ownDelivery(of: refusal.session(to: request))
  }
}
