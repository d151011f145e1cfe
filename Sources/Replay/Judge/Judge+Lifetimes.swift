// The judge's rules for what is not in the bytes of one answer: how often the upstream was asked, how
// long things took, what was held, and how one stream affected another.

package import MockQwen
internal import Wire

extension Expectation {
  /// Whether only the head counts: the proxy answers by itself, and its body does not matter.
  var isAboutHead: Bool { request.isAnsweredByProxy && !request.lacksKey }

  /// The expectation in the coding in which the body came: a proxy may decode the body.
  package func decoded(for observation: Observation) -> Expectation {
    guard let coding, outcome != .httpError, observation.fields["Content-Encoding"] == nil,
      let content = content(of: body, coding: coding)
    else { return self }
    var decoded = self
    decoded.body = content
    return decoded
  }
}

extension Judge {
  func postFaults(_ observation: Observation, _ expectation: Expectation) -> [Violation] {
    let count = observation.requests.count
    guard !expectation.posts.contains(count) else { return [] }
    return [
      .wrong(
        .posts, "the upstream saw \(count) requests instead of \(expectation.posts.upperBound)")
    ]
  }

  /// The head of the proxy's own answer.
  func pathHeadFaults(_ observation: Observation, _ status: Int) -> [Violation] {
    if status == 401 || status == 403 || status >= 500 {
      return [.wrong(.head, "a request for the proxy itself was answered \(status)")]
    }
    if observation.fields.values("Access-Control-Allow-Origin").count > 1 {
      return [.wrong(.head, "Access-Control-Allow-Origin occurs twice")]
    }
    return []
  }

  package func headTimeFaults(_ observation: Observation) -> [Violation] {
    guard policy.headAtOnce, observation.headWasLate else { return [] }
    return [
      Violation(
        check: .headtime, name: "LATE",
        detail: "the upstream had sent its head, and the client had none")
    ]
  }

  func codingFaults(_ observation: Observation, _ expectation: Expectation) -> [Violation] {
    guard expectation.outcome != .httpError, !observation.body.isEmpty else { return [] }
    let isGzip = observation.body.starts(with: [0x1F, 0x8B])
    // RFC 9110 section 8.4.1: `identity` means that there is no coding.
    let saysGzip = hasCoding(observation.fields)
    guard isGzip != saysGzip, expectation.coding != nil || saysGzip else { return [] }
    // Only gzip begins with bytes of its own; another coding of the upstream is as it was recorded.
    let said = observation.fields["Content-Encoding"]?.lowercased()
    if said != "gzip", said != "x-gzip", said == expectation.coding?.lowercased() { return [] }
    return [
      .wrong(
        .coding,
        saysGzip
          ? "the head says that the body is coded, and it is not"
          : "the body is coded, and the head does not say so")
    ]
  }

  func livenessFaults(_ observation: Observation, _ expectation: Expectation) -> [Violation] {
    func fault(_ name: String, _ detail: String) -> [Violation] {
      [Violation(check: .liveness, name: name, detail: detail)]
    }
    if observation.isRestless {
      return fault("HANGS", "the proxy asks to be woken again and again, and does nothing then")
    }
    guard !hasLeft(observation) else { return [] }
    switch expectation.outcome {
    case .complete:
      // In one piece, an error in the stream becomes an answer with a status, which may be that of a
      // timeout.
      let isTimeout = observation.status == 504 && expectation.documented?.joined == nil
      let wasKilled = observation.ending == .cut || observation.ending == .reset || isTimeout
      guard expectation.isPaced, wasKilled else { return [] }
      let time = observation.endTime.map { " after \($0) ms" } ?? ""
      return fault("KILLED", "a live stream was ended\(time)")
    case .failed, .httpError:
      guard let limit = expectation.endTimeMax else { return [] }
      guard let time = observation.endTime else {
        return fault("HANGS", "the upstream is dead and the client still waits")
      }
      return time <= limit
        ? [] : fault("HANGS", "a dead stream ended after \(time) ms instead of \(limit) ms")
    }
  }

  func cancelFaults(_ observation: Observation) -> [Violation] {
    guard hasLeft(observation), observation.upstreamsLeft > 0 else { return [] }
    return [
      .wrong(
        .cancel,
        "the client has gone, and "
          + "\(observation.upstreamsLeft) upstream connections are open")
    ]
  }

  func reuseFaults(_ observation: Observation) -> [Violation] {
    guard observation.spoiledReuses > 0 else { return [] }
    return [
      .wrong(
        .reuse, "a request went out on a connection whose last answer had not ended as it said")
    ]
  }

  /// The tags of other streams in the bytes of one client.
  package func mixingFaults(_ observation: Observation, _ stream: Int) -> [Violation] {
    let body = observation.body
    let mark = StreamTag.mark
    var index = 0
    while let place = body[index...].firstIndex(of: mark[0]) {
      if body[place...].starts(with: mark), !isTag(body[(place + mark.count)...], of: stream) {
        return [
          Violation(
            check: .mixing, name: "MIXED",
            detail: "the client of stream \(stream) got bytes of another stream",
            receivedOffset: place)
        ]
      }
      index = place + 1
    }
    return []
  }

  /// Whether `rest`, the text after a mark, begins with the number of a stream. A body that ends inside
  /// its last tag has only a part of it, perhaps followed by the line ends with which a proxy completes a
  /// block.
  private func isTag(_ rest: ArraySlice<UInt8>, of stream: Int) -> Bool {
    let number = Array("\(stream)".utf8)
    // A proxy may write other line ends than the upstream.
    func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
    let known = rest.prefix { 0x30...0x39 ~= $0 }
    let text = rest[known.endIndex...]
    if Array(known) == number, text.first.map(isLineEnd) == true { return true }
    return number.starts(with: known) && text.allSatisfy(isLineEnd)
  }

  /// How a stream without a fault suffers from the faults of its neighbours.
  package static func survivalFaults(
    _ found: [Violation], stream number: Int, _ plan: Plan
  ) -> [Violation] {
    guard number % 2 == 0, plan.fault != nil || plan.behavior != nil,
      let first = found.first(where: { [.head, .posts, .blocks, .end].contains($0.check) })
    else { return [] }
    return [
      Violation(
        check: .survival, name: "HARMED",
        detail: "stream \(number), which has no fault, suffers: \(first.detail)")
    ]
  }

  func memoryFaults(_ observation: Observation, _ expectation: Expectation) -> [Violation] {
    guard observation.aheadMax > policy.aheadMax else { return [] }
    let largest = expectation.blocks.map(\.range.count).max() ?? 0
    guard observation.aheadMax > policy.aheadMax + largest else { return [] }
    return [
      Violation(
        check: .memory, name: "GREW",
        detail: "the proxy took \(observation.aheadMax) bytes for a client that did not read")
    ]
  }

  func leftoverFaults(_ observation: Observation) -> [Violation] {
    guard observation.leftConnections > 0 else { return [] }
    return [.wrong(.leftovers, "\(observation.leftConnections) connections are still open")]
  }
}
