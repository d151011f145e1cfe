// What a client must get from the embedded proxy, where its documentation promises more than every proxy
// must do: the moment and the code of an error, the end of an answer, its own answers, heartbeats, and
// the effects of a plan's settings.

internal import Foundation
package import MockQwen
internal import Wire

/// What the documentation of the embedded proxy adds to an expectation.
package struct Documented: Hashable, Sendable {
  /// The proxy's own answer; nil when the upstream's answer counts.
  package var own: OwnAnswer?
  /// When the answer ends, in milliseconds since the client connected; nil when that is open.
  var endTime: Int?
  /// Why it ends with an error; nil when it does not, or the cause is open.
  var error: DocumentedError?
  /// The stream whose events must be joined, when the answer is one piece; else nil.
  var joined: [UInt8]?
  /// The written-down answer in one piece, if there is one for this stream.
  var shape: JoinedShape?
  /// Whether the proxy closes the client's connection after the answer; nil when that is open.
  var closes: Bool?
  /// How many connections the upstream sees; nil when that is open.
  var upstreams: Int?
  /// The reason phrase of the answer; nil when that is open.
  var reason: String?
  /// The answer's head without `Connection`; nil when not all of it is known. For a stream in one piece
  /// the length is added.
  var head: [Field]?
  /// The written request shape that was sent instead of the session's request.
  var asked: AskedShape?
  /// How many interim answers the client gets.
  var interims = 0
  /// Whether a setting changes what the client gets in a way that is not covered here.
  var isOpen = false
}

extension Expectation {
  /// The expectation when the answer is open: only well-formed HTTP is required.
  package var leftOpen: Expectation {
    var open = self
    open.documented = Documented(isOpen: true)
    return open
  }

  /// Whether only well-formed HTTP is required.
  package var isOpen: Bool { documented?.isOpen == true }

  /// The expectation from the embedded proxy for a delivery. `self` is the one from any proxy, and
  /// `whole` is the session's when all of it arrives. `number` is the client's among parallel ones.
  package func documented(_ delivery: Delivery, whole: Expectation, number: Int = 0) -> Expectation
  {
    var exact = self
    var documented = Documented()
    documented.asked = delivery.asked
    let asksFirst = delivery.request == .expect && !delivery.requestBodies.client.isEmpty
    documented.interims = asksFirst ? 1 : delivery.asked?.interims ?? 0
    if let own = OwnAnswer.to(delivery, number: number) {
      documented.own = own
      // While other streams go on, a finished one may wait until it is closed as idle.
      documented.closes = own.closes || delivery.streams == 1 ? own.closes : nil
      exact.documented = documented
      // A request without a body does not name its stream among parallel clients.
      exact.posts = (delivery.streams == 1 ? own.posts : 0)...own.posts
      return exact
    }
    let isJoined =
      delivery.core.joins && isEventStream && whole.status == 200 && delivery.asksForStream
    var course = AnswerCourse(
      delivery, whole: whole, isStream: isEventStream, isJoined: isJoined)
    if delivery.behavior != nil {
      // A client can act on an answer only after an error that comes before the first byte.
      if outcome == .httpError, let early = course, !early.hasBegun, let error = early.error {
        exact.status = error.status
      }
      course = nil
    }
    documented.isOpen =
      course == nil && delivery.core.changesCourse || exact.documented?.isOpen == true
    if let course { exact.take(course, of: delivery, isJoined, &documented) }
    if isJoined {
      let count = course?.sent ?? delivery.transmission.bodyCount(before: delivery.count)
      exact.join(delivery, sent: count, &documented)
    }
    documented.reason = exact.reason(delivery, isJoined: isJoined)
    documented.head = exact.head(delivery, isJoined: isJoined, keptWhole: whole.keptFields)
    documented.closes = exact.closesBehind(delivery)
    documented.upstreams = exact.upstreams(delivery, joined: documented.joined)
    exact.documented = documented
    return exact
  }

  private mutating func take(
    _ course: AnswerCourse, of delivery: Delivery, _ isJoined: Bool, _ documented: inout Documented
  ) {
    if delivery.request.answersBefore == 0 { documented.endTime = course.endTime }
    documented.error = course.error
    (blocksMin, endTimeMax) = (nil, nil)
    let session = delivery.transmission.session.body
    if let error = course.error {
      guard course.hasBegun, !isJoined else {
        (outcome, status, fields, body, blocks) = (.httpError, error.status, [], [], [])
        return
      }
      outcome = .failed
      body = Array(session[..<course.sent])
      if isEventStream {
        let end = error == .blockTooLarge ? course.border : course.sent
        let finished = ReferenceReader.blocks(in: Array(session[..<end])).filter(\.isFinished)
        body = Array(session[..<(finished.last?.range.upperBound ?? 0)])
        blocks = finished
      } else {
        blocks = form.blocks(in: body).filter(\.isFinished)
      }
    }
    guard !course.beats.isEmpty else { return }
    for place in course.beats.reversed() {
      body.insert(contentsOf: DocumentedText.heartbeat, at: min(place, body.count))
    }
    blocks = ReferenceReader.blocks(in: body)
  }

  /// The stream comes in one piece, or not at all.
  private mutating func join(
    _ delivery: Delivery, sent: Int, _ documented: inout Documented
  ) {
    (borders, form) = ([], .plain)
    // When a stream breaks off, the unfinished event at its end has not come.
    let came = Array(delivery.transmission.session.body[..<sent])
    let last = ReferenceReader.blocks(in: came).last { $0.isFinished }
    let stream = Array(came[..<(last?.range.upperBound ?? 0)])
    let joined = JoinedStream(stream)
    let shape = JoinedShape.of(delivery.transmission.session)
    if came.count == delivery.transmission.session.body.count, outcome == .complete {
      documented.shape = shape
    } else if shape?.isRefused == true {
      // Whether the part that came is refused too depends on where it broke off.
      documented.isOpen = true
    }
    if outcome != .complete, joined.hasError || joined.mayHoldError {
      // The error that the upstream reported says more than how its connection ended; a block over the
      // limit may lie before it.
      let isOverLimit = [.blockTooLarge, .streamTooLarge].contains(documented.error)
      if joined.hasError, shape?.status ?? 0 >= 400, !isOverLimit { documented.shape = shape }
      (outcome, documented.error, documented.endTime) = (.complete, nil, nil)
      (documented.joined, isEventStream, isPaced) = (stream, false, false)
      return
    }
    isEventStream = false
    switch outcome {
    case .complete: documented.joined = body
    case .failed:
      (outcome, fields, body, blocks) = (.httpError, [], [], [])
      status = documented.error?.status ?? delivery.failureStatus
    case .httpError: break
    }
  }

  /// The upstream's phrase is passed on with its answer; an error has the phrase of its status.
  private func reason(_ delivery: Delivery, isJoined: Bool) -> String? {
    if outcome == .httpError { return documentedReason(status) }
    // The stream in one piece has a head of its own, and so has a first answer with an error.
    if isJoined || delivery.firstStatus != nil { return nil }
    let response = delivery.transmission.session.response
    if delivery.transmission.anomalies.contains(.noReason) { return "" }
    return delivery.transmission.octet?.reason(insteadOf: response.reason) ?? response.reason
  }

  /// The lines of the answer's head, without `Connection`.
  private func head(_ delivery: Delivery, isJoined: Bool, keptWhole: [Field]) -> [Field]? {
    let transmission = delivery.transmission
    guard outcome != .httpError, delivery.firstStatus == nil,
      !transmission.anomalies.contains(.fullHead)
    else { return nil }
    var kept =
      transmission.anomalies.isEmpty ? keptWhole : PassedAnswer.kept(transmission.headFields)
    // The client gets an unusual byte as it is.
    if let field = transmission.octet?.field { kept.insert(field, at: 0) }
    if isJoined {
      PassedAnswer.set("Content-Type", "application/json", in: &kept)
      return kept + PassedAnswer.crossOrigin
    }
    let status = transmission.session.response.status
    let framing: Field? =
      if status == 204 || status == 304 {
        nil
      } else if !isEventStream, let length = transmission.headFields["Content-Length"] {
        Field("Content-Length", length)
      } else {
        delivery.request == .http10 ? nil : Field("Transfer-Encoding", "chunked")
      }
    return PassedAnswer.lines(kept, isEventStream: isEventStream, framing: framing)
  }

  /// RFC 9112 section 9.3: HTTP/1.1 keeps its connection until one side announces the end.
  private func closesBehind(_ delivery: Delivery) -> Bool? {
    guard delivery.behavior == nil else { return nil }
    if outcome == .failed { return true }
    if delivery.request == .http10 || delivery.request == .closing { return true }
    if delivery.asked?.closes == true { return true }
    // While other streams go on, a finished one may wait until it is closed as idle.
    return delivery.streams == 1 ? false : nil
  }

  /// Anomalies after which a connection can be used again. A constant, because each plan needs it.
  private static let harmless: ResponseAnomalies = [.interim, .hops, .closing]

  /// If connections are kept, one connection serves all requests of a client; else each has its own.
  private func upstreams(_ delivery: Delivery, joined: [UInt8]?) -> Int? {
    let isClean =
      outcome == .complete && delivery.ending == .keep && delivery.transmission.isComplete
      && delivery.transmission.anomalies.isSubset(of: Self.harmless)
      && delivery.count >= delivery.transmission.completeEnd
      // A body behind a head that allows none is nothing that a next answer may follow.
      && ![204, 304].contains(delivery.transmission.session.response.status)
    // Whether the connection survives an error that the proxy makes from a whole answer is open.
    if let joined, !JoinedStream(joined).isCompletion { return nil }
    guard isClean, delivery.behavior == nil, delivery.firstStatus == nil, delivery.streams == 1,
      delivery.stop == nil
    else { return nil }
    // RFC 9112 section 9.6: who says so will not take another request.
    let closes = delivery.transmission.headFields.members("Connection").contains {
      $0.lowercased() == "close"
    }
    return delivery.core.reuses && !closes ? 1 : delivery.request.answersBefore + 1
  }
}

extension CoreWords {
  /// Whether they change what a client gets from an answer, or when.
  var changesCourse: Bool {
    Self.numbers.contains { $0.name != "connections" && self[keyPath: $0.path] != nil }
  }
}

extension Delivery {
  /// Whether the client's request asks for a stream.
  package var asksForStream: Bool {
    if let asked { return asked.asksForStream }
    let body = transmission.session.request.body
    let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
    return object?["stream"] as? Bool == true
  }

  /// The body of the client's request, and the one that the upstream must get.
  package var requestBodies: (client: [UInt8], upstream: [UInt8]) {
    let body = transmission.session.request.body
    if let asked { return (body, Array(asked.forwardedBody.utf8)) }
    guard request == .nomodel, core.namesModel,
      var object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any],
      object.removeValue(forKey: "model") != nil, !object.isEmpty,
      let bare = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    else { return (body, body) }
    let named = Array(#"{"model":"\#(CoreWords.model)","#.utf8) + bare.dropFirst()
    return (Array(bare), named)
  }
}
