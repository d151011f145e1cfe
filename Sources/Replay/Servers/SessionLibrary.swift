// Which session the mock answers a request with. A client that knows what it wants names it in a
// field; one that plays a recorded conversation is known by its request; any other gets one session
// after the other.

internal import Foundation
package import MockQwen
internal import Wire

/// The sessions of a mock server, and how they are delivered.
package struct SessionLibrary {
  /// The request field that names a session.
  package static let nameField = "X-Replay-Recording"

  private let sessions: [Session]
  private let plan: Plan
  /// Whether each session is framed as it was recorded, whatever the plan says.
  private let keepsFraming: Bool
  /// The sessions that answer equal requests, by those requests.
  private var byRequest: [Data: [Int]] = [:]
  /// How often a session was chosen among equals, by request; nil is for all that fit none.
  private var turns: [Data?: Int] = [:]

  /// `sessions` holds at least one.
  package init(_ sessions: [Session], plan: Plan, keepsFraming: Bool) {
    precondition(!sessions.isEmpty, "a library holds at least one session")
    self.sessions = sessions
    self.plan = plan
    self.keepsFraming = keepsFraming
    for (index, session) in sessions.enumerated() {
      guard let key = Self.key(of: session.request) else { continue }
      byRequest[key, default: []].append(index)
    }
  }

  /// What is answered to `request`.
  package mutating func delivery(for request: Session.Request) -> Delivery {
    if let name = request.fields[Self.nameField] {
      guard let named = sessions.first(where: { $0.name == name }) else {
        return unknownName(request)
      }
      return delivery(of: named)
    }
    if let key = Self.key(of: request), let equals = byRequest[key] {
      return delivery(of: sessions[equals[takeTurn(of: key) % equals.count]])
    }
    return delivery(of: sessions[takeTurn(of: nil) % sessions.count])
  }

  private mutating func takeTurn(of key: Data?) -> Int {
    defer { turns[key, default: 0] += 1 }
    return turns[key, default: 0]
  }

  private func delivery(of session: Session) -> Delivery {
    var plan = plan
    if keepsFraming { plan.framing = session.framing.planned }
    return Delivery(session, plan)
  }

  private func unknownName(_ request: Session.Request) -> Delivery {
    let isNative = request.target.prefix { $0 != "?" }.hasSuffix("/generation")
    let refusal = Refusal(
      status: 404, code: "recording_not_found",
      message: "This mock has no recording of the name in \(Self.nameField).", isNative: isNative)
    var plan = Plan()
    plan.framing = .length
    return Delivery(refusal.session(to: request), plan)
  }

  /// What makes two requests the same question: model and messages, whatever the order of keys and
  /// the white space. Nil for a body that is no JSON object.
  private static func key(of request: Session.Request) -> Data? {
    let value = try? JSONSerialization.jsonObject(with: Data(request.body))
    guard let body = value as? [String: Any] else { return nil }
    let native = body["input"] as? [String: Any]
    let question: [String: Any] = [
      "model": body["model"] ?? NSNull(),
      "messages": body["messages"] ?? native?["messages"] ?? NSNull(),
    ]
    return try? JSONSerialization.data(withJSONObject: question, options: [.sortedKeys])
  }
}
