// The judge of a target. It requires what can be required of every proxy: that the request is passed on
// as it was sent; that the answer arrives unchanged, head and body, at the chosen level; that it comes in
// time; that the HTTP is well-formed; and that a cut answer never looks complete. What only our own core
// promises (its headers, its error event, a last event completed) is not required. A proxy that passes on
// bytes as they are and one that holds back unfinished events are both right.

package import Judging
package import MockQwen
internal import Wire

/// The findings for a delivery through a target.
package struct TargetFindings {
  package var violations: [Violation]
  /// The highest level at which the stream is the same; nil when there is none.
  package var reached: CompareLevel?
}

/// The delivery to a target, and what is known of its handling.
package struct TargetCase {
  package var delivery: Delivery
  package var expectation: Expectation
  /// The request as the client sent it; nil to leave the requests unjudged.
  package var sent: Session.Request?
  /// Whether the client got exactly the bytes that the mock sent.
  package var isVerbatim = false
  /// The target's own requests, as `POST /v1/chat/completions`, and how often each came.
  package var asides: [String: Int] = [:]

  package init(
    delivery: Delivery, expectation: Expectation, sent: Session.Request? = nil,
    isVerbatim: Bool = false
  ) {
    self.delivery = delivery
    self.expectation = expectation
    self.sent = sent
    self.isVerbatim = isVerbatim
  }
}

/// Judges the answers that came through a target.
package struct TargetJudge {
  /// The checks for targets.
  package static let checks: [Check] = [
    .request, .posts, .head, .framing, .blocks, .bytes, .progress, .end, .liveness, .cancel,
    .mixing, .survival,
  ]

  let settings: TargetSettings
  /// The path of the upstream's URL.
  var base = "/compatible-mode/v1"

  package init(settings: TargetSettings) { self.settings = settings }

  package init(level: CompareLevel, comparesComments: Bool = false) {
    var settings = TargetSettings()
    settings.level = level
    settings.comparesComments = comparesComments
    self.settings = settings
  }

  private var level: CompareLevel { settings.level }
  private var ignored: IgnoredPaths { settings.ignored }

  /// The results of a plan for the classes that it exercised, by number; only those that the checks at
  /// this level notice.
  package func figures(
    of classes: ClassSet, broken: Set<Check>, isKnown: Bool
  ) -> [Int: ClassFigures] {
    var figures: [Int: ClassFigures] = [:]
    for bugClass in BugClass.all where classes.contains(bugClass) && level.notices(bugClass) {
      let isBroken = !broken.isDisjoint(with: bugClass.checks)
      figures[bugClass.number] = ClassFigures(
        planCount: 1, brokenCount: isBroken ? 1 : 0, failedCount: isBroken && !isKnown ? 1 : 0)
    }
    return figures
  }

  package func findings(_ seen: Observation, _ target: TargetCase) -> TargetFindings {
    let strict = answerFindings(seen, target)
    var findings = strict
    // A malformed message may be read in more than one way, and be passed on as it is.
    if !strict.violations.isEmpty, target.delivery.isSpoiling || target.isOldAndChunked {
      if target.isVerbatim {
        findings.violations = strict.violations.filter { $0.check == .progress }
        findings.reached = .bytes
      } else if let lenient = target.leniently {
        let other = answerFindings(seen, lenient)
        if other.violations.isEmpty { findings = other }
      }
    }
    findings.violations =
      requestFaults(seen, target) + postFaults(seen, target) + findings.violations
    return findings
  }

  private func answerFindings(_ seen: Observation, _ target: TargetCase) -> TargetFindings {
    let expectation = target.expectation
    if expectation.request == .head || expectation.request == .options {
      return TargetFindings(violations: ownHeadFaults(seen), reached: .bytes)
    }
    let stream = TargetComparison(seen, expectation, target.delivery)
    var violations = headFaults(seen, target, stream) + headTimeFaults(seen)
    // Aborting an answer in the middle of its framing is rude, but honest.
    if let breach = seen.breach, expectation.outcome == .complete || seen.ending == .complete {
      violations.append(.wrong(.framing, breach))
    }
    let reached = stream.isAnswered ? level(of: stream) : .bytes
    let faults = reached.map { $0 < level } ?? true ? streamFaults(stream) : []
    violations += faults + lateness(seen, stream, faults)
    violations += endFaults(seen, target, stream)
    if seen.ending == .left, seen.upstreamsLeft > 0 {
      violations.append(
        .wrong(.cancel, "the client has left, but its upstream connection stays open"))
    }
    return TargetFindings(violations: violations, reached: reached)
  }

  // MARK: The request

  private func requestFaults(_ seen: Observation, _ target: TargetCase) -> [Violation] {
    guard let sent = target.sent else { return [] }
    let comparison = RequestComparison(
      sent: sent, terms: settings.terms(for: sent, base: base))
    for request in seen.requests {
      let faults = comparison.faults(in: request)
      guard let first = faults.first else { continue }
      let more = faults.count > 1 ? faults.dropFirst().map { "; \($0)" }.joined() : ""
      return [.wrong(.request, first + more)]
    }
    return []
  }

  private func postFaults(_ seen: Observation, _ target: TargetCase) -> [Violation] {
    guard target.sent != nil else { return [] }
    let expected = target.expectation.posts
    let allowed = expected.lowerBound...expected.upperBound + settings.policy.retries
    var faults: [Violation] = []
    if seen.requests.count > allowed.upperBound {
      faults.append(
        .wrong(
          .posts,
          "the upstream saw \(seen.requests.count) "
            + "\(target.sent?.method ?? "POST")s instead of \(allowed.upperBound)"))
    }
    let own = target.asides.filter { $0.key.hasPrefix("POST ") }.sorted { $0.key < $1.key }
    if let first = own.first, !settings.policy.ownPosts {
      faults.append(.wrong(.posts, "the target sent a \(first.key) of its own beside the client's"))
    }
    return faults
  }

  // MARK: The head

  /// The head of a proxy's own answer.
  private func ownHeadFaults(_ seen: Observation) -> [Violation] {
    guard let status = seen.status else { return [.wrong(.head, "there is no response")] }
    if let breach = seen.breach {
      return [.wrong(.framing, breach)]
    }
    if status >= 500 {
      return [.wrong(.head, "a request for the proxy itself was answered \(status)")]
    }
    if seen.fields.values("Access-Control-Allow-Origin").count > 1 {
      return [.wrong(.head, "Access-Control-Allow-Origin occurs twice")]
    }
    return []
  }

  /// A head may wait for the first byte of the body, unless the policy says otherwise.
  private func headTimeFaults(_ seen: Observation) -> [Violation] {
    var judge = Judge(upstreamKey: "", clientKey: "")
    judge.policy = settings.policy
    return judge.headTimeFaults(seen)
  }

  private func headFaults(
    _ seen: Observation, _ target: TargetCase, _ stream: TargetComparison
  ) -> [Violation] {
    func wrong(_ detail: String) -> Violation {
      Violation.wrong(.head, detail)
    }
    let expectation = target.expectation
    guard let status = seen.status else {
      // An abort is honest when the upstream has failed, or the target was told to stop.
      let isDue =
        expectation.outcome == .complete && seen.ending != .left && target.delivery.stop == nil
      return isDue ? [wrong(seen.breach ?? "there is no response")] : []
    }
    if expectation.outcome != .complete, status >= 500 { return [] }
    if expectation.request == .http10, seen.fields["Transfer-Encoding"] != nil {
      return [wrong("an HTTP/1.0 client got chunks")]
    }
    let head = target.sentHead
    let comparison = HeadComparison(
      sent: head.fields, status: head.status ?? expectation.status, body: stream.sent,
      isStream: expectation.form != .plain, rule: level == .bytes ? .every : .actedOn)
    return comparison.faults(status: status, seen.fields, body: seen.body).prefix(4).map(wrong)
  }
}

extension TargetCase {
  /// The head that the mock has sent.
  fileprivate var sentHead: (status: Int?, fields: Fields) {
    var reader = ClientReader()
    let bytes = delivery.transmission.bytes
    reader.take(Array(bytes[..<min(delivery.transmission.headEnd, bytes.count)]))
    return (reader.status, reader.fields)
  }

  /// Whether an HTTP/1.0 answer has chunks: some proxies decode them, some take them for the body.
  fileprivate var isOldAndChunked: Bool {
    guard case .chunked = delivery.transmission.framing else { return false }
    return delivery.transmission.anomalies.contains(.http10)
  }

  /// The case for a lenient reader: all of the session has come, and ended well.
  fileprivate var leniently: TargetCase? {
    guard delivery.transmission.malformedOffset != nil, delivery.ending != .reset else {
      return nil
    }
    var lenient = self
    var plan = Plan()
    plan.framing = .close
    lenient.delivery = Delivery(delivery.transmission.session, plan)
    lenient.expectation = .whole(delivery.transmission.session)
    lenient.expectation.posts = expectation.posts
    lenient.expectation.request = expectation.request
    return lenient
  }
}
