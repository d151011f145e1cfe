// What a crowd has shown against what is written down: every answer of every client, when its connection
// ended and how, what reached the upstream, and what the proxy held.

internal import Judging
internal import MockQwen
package import ProxyServing
internal import ProxyUnderTest
package import Stages
internal import Wire

extension CrowdCase {
  /// Runs the crowd through a core, and says what is wrong; nothing when all is as it must be.
  ///
  /// - Throws: `StageError` when the stage cannot be set up.
  package func faults<Core: ProxyCore>(_ core: Core.Type) throws -> [String] {
    var stage = try CrowdStage<Core>(crowd)
    return faults(try stage.run())
  }

  /// What is wrong with what a crowd has shown.
  package func faults(_ seen: CrowdObservation) -> [String] {
    var found: [String] = []
    for (number, client) in seen.clients.enumerated() {
      let wanted = outcomes[number] ?? CrowdOutcome()
      found += faults(client, wanted).map { "client \(number): \($0)" }
    }
    // A request without a body names no client.
    let only = seen.clients.count == 1 ? 0 : -1
    let asked = seen.requests.map { StreamTag.number(in: $0) ?? only }
    if asked != asking { found.append("the upstream was asked for \(asked) instead of \(asking)") }
    for (number, body) in zip(asked, seen.requests) where !sends(number, body) {
      found.append("the upstream got a body that client \(number) has not sent")
    }
    if seen.aheadMax > aheadMax {
      found.append("the proxy took \(seen.aheadMax) bytes of answers that nobody had taken")
    }
    if seen.leftovers > 0 { found.append("\(seen.leftovers) connections are left") }
    if seen.isRestless { found.append("the proxy asks to be woken again and again") }
    if notesFragments { found += noteFaults(seen) }
    return found
  }

  private func faults(
    _ client: CrowdObservation.Client, _ wanted: CrowdOutcome
  ) -> [String] {
    var found: [String] = []
    if client.end != wanted.end { found.append("\(client.end) instead of \(wanted.end)") }
    if client.lastTime != wanted.lastTime {
      let times = [client.lastTime, wanted.lastTime].map { $0.map { "at \($0) ms" } ?? "never" }
      found.append("its last byte came \(times[0]) instead of \(times[1])")
    }
    if let max = wanted.takenMax, client.takenMax > max {
      found.append("\(client.takenMax) bytes of its requests were taken ahead instead of \(max)")
    }
    if wanted.answers.isEmpty {
      if !client.bytes.isEmpty { found.append("it got \(client.bytes.count) bytes") }
      return found
    }
    for (index, answer) in wanted.answers.enumerated() {
      if let words = fault(client.bytes, index, of: wanted.answers.count, answer) {
        found.append("answer \(index): \(words)")
      }
    }
    return found
  }

  /// What is wrong with one of the answers in a client's bytes.
  private func fault(
    _ bytes: [UInt8], _ index: Int, of count: Int, _ wanted: CrowdOutcome.Answer
  ) -> String? {
    var reader = ClientReader(awaiting: index)
    reader.take(bytes)
    let isLast = index == count - 1
    guard let status = reader.status else { return "there is none" }
    // Behind an answer that is not the last one others follow, which this reader does not await.
    if isLast, let breach = reader.breach { return breach }
    switch wanted {
    case .whole(let wantedStatus, let body, let closes, let retryAfter):
      if status != wantedStatus { return "the status is \(status) instead of \(wantedStatus)" }
      if reader.body != body {
        return "the body has \(reader.body.count) bytes and is not that of \(body.count) bytes"
      }
      if isLast, !reader.isComplete { return "it is not complete" }
      let says = reader.fields.members("Connection").contains { $0.lowercased() == "close" }
      if says != closes { return "'Connection: close' \(says ? "stands there" : "is missing")" }
      let retries = reader.fields.values("Retry-After")
      return retries == (retryAfter ? ["1"] : []) ? nil : "Retry-After is \(retries)"
    case .brokenOff(let body, let error):
      if status != 200 { return "the status is \(status) instead of 200" }
      // The event is a chunk of its own, the last thing that the client gets.
      guard bytes.suffix(error.event.count + 2) == (error.event + [0x0D, 0x0A])[...] else {
        return "it does not end with the event of \(error.rawValue)"
      }
      let sent = reader.body.dropLast(error.event.count)
      guard body.starts(with: sent), sent.isEmpty || sent.suffix(2) == [0x0A, 0x0A] else {
        return "it does not break off behind an event"
      }
      return reader.isComplete ? "it ends like a whole one" : nil
    }
  }

  /// Whether one of the requests of a client has this body.
  private func sends(_ number: Int, _ body: [UInt8]) -> Bool {
    crowd.steps.contains { step in
      guard step.client == number, case .send(let bytes) = step.act else { return false }
      return bytes.count < body.count || bytes.suffix(body.count) == body[...]
    }
  }

  /// The log tells all fragments and all bytes, one behind the other.
  private func noteFaults(_ seen: CrowdObservation) -> [String] {
    let lines = seen.notes.map { $0.drop { $0 != " " }.dropFirst().drop { $0 != " " }.dropFirst() }
    func ends(_ kind: String) -> [Int]? {
      var ends: [Int] = []
      for line in lines where line.hasPrefix(kind) {
        let number = kind == "client" ? "" : " fragment \(ends.count):"
        let start = "\(kind)\(number) bytes \(ends.last ?? 0)..<"
        guard line.hasPrefix(start), let end = wholeNumber(line.dropFirst(start.count)) else {
          return nil
        }
        ends.append(end)
      }
      return ends
    }
    guard let upstream = ends("upstream"), let client = ends("client") else {
      return ["the log is \(seen.notes)"]
    }
    let delivery = crowd.answers[0] ?? crowd.usual
    let wanted = [delivery.count, seen.clients[0].bytes.count]
    guard [upstream.last ?? 0, client.last ?? 0] == wanted,
      upstream.count == delivery.fragmentEnds.count, client.count > 1,
      lines.count == upstream.count + client.count
    else { return ["the log is \(seen.notes)"] }
    return []
  }
}
