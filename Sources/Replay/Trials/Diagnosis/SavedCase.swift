// A case as it stands in a JSON report, so that a run can be diagnosed once more from the report alone:
// the plan, what it showed, and the bytes around the first difference. What the delivery exercised is
// worked out anew from the recording, which must be the same.

internal import Judging
package import MockQwen
internal import Recordings

/// A case of a report.
package struct SavedCase: Hashable, Sendable, Codable {
  /// Two excerpts of bodies, in hexadecimal digits.
  package struct Bytes: Hashable, Sendable, Codable {
    package var expected: String
    package var expectedStart: Int
    package var expectedOffset: Int
    package var received: String
    package var receivedStart: Int
    package var receivedOffset: Int
    package var cuts: [Int]
  }

  /// Breaches that are saved of a case: their kinds stand in `symptoms`.
  private static let breachesMax = 6

  package var plan: String
  /// How many plans of the run showed the same under the same conditions.
  package var count: Int
  /// The kinds of breaches, sorted; empty when nothing failed.
  package var symptoms: [String]
  /// What happened to which block or field, sorted; absent when nothing failed.
  package var details: [String]?
  /// The number of what a client takes from the answer, in hexadecimal digits; absent when nothing
  /// failed.
  package var content: String?
  /// The number of the answer, in hexadecimal digits.
  package var digest: String
  /// How often it failed of how many runs; absent where it was run once.
  package var rate: Rate?
  package var breaches: [SavedViolation]?
  package var bytes: Bytes?
  /// The command that runs the plan again.
  package var reproduce: String?

  package init(_ example: DiagnosisCase, reproduce: String) {
    plan = example.plan.description
    count = example.count
    symptoms = example.sighting.symptoms.sorted()
    digest = String(example.sighting.digest, radix: 16)
    rate = example.rate.runs > 1 ? example.rate : nil
    guard example.sighting.isFailure else { return }
    self.reproduce = reproduce
    details = example.sighting.details.sorted()
    content = String(example.sighting.content, radix: 16)
    breaches = example.violations.prefix(Self.breachesMax).map { SavedViolation($0) }
    bytes = example.evidence.map(Bytes.init)
  }
}

extension SavedCase.Bytes {
  init(_ evidence: Evidence) {
    expected = hexadecimal(evidence.expected)
    (expectedStart, expectedOffset) = (evidence.expectedStart, evidence.expectedOffset)
    received = hexadecimal(evidence.received)
    (receivedStart, receivedOffset) = (evidence.receivedStart, evidence.receivedOffset)
    cuts = evidence.cuts
  }

  /// Nil when the numbers do not fit one another.
  var evidence: Evidence? {
    guard let sent = bytes(ofHexadecimal: expected), let came = bytes(ofHexadecimal: received),
      0...sent.count ~= difference(expectedOffset, expectedStart),
      0...came.count ~= difference(receivedOffset, receivedStart)
    else { return nil }
    var evidence = Evidence(
      expected: sent, at: expectedOffset - expectedStart, received: came,
      at: receivedOffset - receivedStart, cuts: [])
    (evidence.expectedOffset, evidence.expectedStart) = (expectedOffset, expectedStart)
    (evidence.receivedOffset, evidence.receivedStart) = (receivedOffset, receivedStart)
    evidence.cuts = cuts.filter { (expectedStart...expectedStart + sent.count).contains($0) }
    return evidence
  }

  /// The difference of two numbers out of a file, -1 where one is not an offset.
  private func difference(_ offset: Int, _ start: Int) -> Int {
    let offsets = 0...(1 << 40)
    return offsets.contains(offset) && offsets.contains(start) ? offset - start : -1
  }
}

extension DiagnosisCase {
  /// The cases of a report for the recording that they were seen with. Throws what is wrong with a
  /// plan's line.
  package static func cases(_ saved: [SavedCase], of session: Session) throws -> [DiagnosisCase] {
    let whole = Expectation.whole(session)
    let features = SessionFeatures(session, whole)
    return try saved.map { entry in
      let plan = try Plan(entry.plan)
      let delivery = Delivery(session, plan)
      let expectation = Expectation.of(delivery, whole: whole)
      var example = DiagnosisCase(
        session: session, plan: plan,
        sighting: Sighting(
          symptoms: Set(entry.symptoms), details: Set(entry.details ?? []),
          content: entry.content.flatMap { UInt64($0, radix: 16) } ?? 0,
          digest: UInt64(entry.digest, radix: 16) ?? 0),
        conditions: features.conditions(of: delivery, expectation),
        count: min(max(entry.count, 0), 1 << 40),
        violations: (entry.breaches ?? []).compactMap(\.violation))
      example.evidence = entry.bytes?.evidence
      example.rate = entry.rate ?? Rate()
      return example
    }
  }
}

/// The bytes that hexadecimal digits stand for; nil when they are not.
private func bytes(ofHexadecimal digits: String) -> [UInt8]? {
  let values = digits.utf8.compactMap(hexadecimalValue)
  guard values.count == digits.utf8.count, values.count.isMultiple(of: 2) else { return nil }
  return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
}
