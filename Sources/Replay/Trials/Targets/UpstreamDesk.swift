// Finds out which requests at the upstream are the clients' own, passed on by the target, and which the
// target makes by itself. The first are answered with the session, the others separately.

internal import Judging
internal import MockQwen
internal import Stages
internal import Wire

/// The answers of the mock upstream while a target is judged. One for each stage; it is a class, because
/// the mock calls it while the stage drives the mock.
final class UpstreamDesk {
  /// One client's request, and its answer.
  struct Stream {
    var delivery: Delivery
    /// The request as the client sends it.
    var sent: Session.Request
    fileprivate var body: JSONTree?

    init(_ delivery: Delivery, sent: Session.Request) {
      self.delivery = delivery
      self.sent = sent
      body = JSONTree(sent.body)
    }
  }

  /// The clients of the current run; none between two runs.
  var streams: [Stream] = []

  /// The answer to a request.
  func delivery(for request: Session.Request) -> Delivery {
    if let number = stream(of: request) { return streams[number].delivery }
    return ownDelivery(of: asideAnswer(to: request))
  }

  /// The client that a request belongs to; nil for the target's own.
  func stream(of request: Session.Request) -> Int? {
    let isRead = streams.first?.sent.method == "GET"
    guard let first = streams.first, request.method != "OPTIONS",
      request.method != "HEAD" || isRead, first.delivery.request != .head,
      first.delivery.request != .options
    else { return nil }
    guard first.sent.method == "POST" else { return isMade(forBodiless: first, request) ? 0 : nil }
    guard streams.count > 1 else { return isMade(for: first, request) ? 0 : nil }
    let number = StreamTag.number(in: request.body) ?? Self.tag(in: request.body)
    return number.flatMap { streams.indices.contains($0) ? $0 : nil }
  }

  /// The number of the stream in a rewritten body.
  private static func tag(in body: [UInt8]) -> Int? {
    guard let user = JSONTree(body)?["user"]?.string, user.hasPrefix("stream-") else { return nil }
    return Int(user.dropFirst("stream-".count))
  }

  /// Whether a request is the client's, whatever has happened to it on its way. A target's own chat, to
  /// warm up or to classify, has other messages; one without any messages still counts as the client's.
  private func isMade(for stream: Stream, _ request: Session.Request) -> Bool {
    if request.body == stream.sent.body { return true }
    guard let sent = stream.body, let seen = JSONTree(request.body) else {
      return isSameOperation(request, stream)
    }
    let (asked, came) = (Self.messages(sent), Self.messages(seen))
    if came.contains(where: asked.contains) { return true }
    guard isSameOperation(request, stream) else { return false }
    guard !asked.isEmpty, !came.isEmpty else { return true }
    let isAlike = asked.map { $0["role"] } == came.map { $0["role"] }
    return isAlike && sent["stream"] == seen["stream"] && sent["model"] == seen["model"]
  }

  /// The same for a client's request without a body. By itself a target asks only for what a model's
  /// server has for everyone.
  private func isMade(forBodiless stream: Stream, _ request: Session.Request) -> Bool {
    let isSame = operation(of: request.target) == operation(of: stream.sent.target)
    if isSame { return true }
    return request.method == stream.sent.method
      && asideAnswer(to: request).response.status == 404
  }

  private func isSameOperation(_ request: Session.Request, _ stream: Stream) -> Bool {
    let asked = operation(of: stream.sent.target)
    return request.method != "GET" && operation(of: request.target) == asked
      || request.target.prefix { $0 != "?" }.hasSuffix(asked)
  }

  private static func messages(_ body: JSONTree) -> [JSONTree] {
    for value in [body["messages"], body["input"]?["messages"], body["input"], body["prompt"]] {
      switch value {
      case .list(let messages)?: return messages
      case let value?: return [value]
      case nil: break
      }
    }
    return []
  }
}
