// What one delivery showed of a proxy, reduced to what tells bugs apart: the kinds of breaches, and a
// number for the answer itself. Two proxies with the same bug show the same sightings under the same
// plans, whatever they are written in.

package import Judging

/// What one delivery showed of a proxy.
package struct Sighting: Hashable, Sendable {
  /// The kinds of breaches, as `Violation.symptoms` names them; empty when nothing failed.
  package var symptoms: Set<String>
  /// A number for what the client got: status, body and end (FNV-1a, 64 bits). Equal answers have
  /// equal numbers.
  package var digest: UInt64

  package var isFailure: Bool { !symptoms.isEmpty }

  /// The checks that broke, where those that look at the same bytes count as one.
  private var harms: Set<String> {
    Set(
      symptoms.compactMap { symptom in
        guard let check = symptom.split(whereSeparator: { " :".contains($0) }).first else {
          return nil
        }
        return check == "bytes" ? "blocks" : String(check)
      })
  }

  package init(symptoms: Set<String> = [], digest: UInt64 = 0) {
    self.symptoms = symptoms
    self.digest = digest
  }

  /// - Parameter observations: What each client saw, in order.
  package init(_ violations: [Violation], _ observations: [Observation]) {
    symptoms = violations.symptoms
    digest = observations.reduce(0xCBF2_9CE4_8422_2325) { hash, seen in
      var hash = Self.hash(seen.body, onto: hash)
      hash = Self.hash([UInt8(truncatingIfNeeded: seen.status ?? 0)], onto: hash)
      return Self.hash(Array(seen.ending.rawValue.utf8), onto: hash)
    }
  }

  private static func hash(_ bytes: [UInt8], onto start: UInt64) -> UInt64 {
    bytes.reduce(start) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }

  /// How likely a proxy shows this when one with the same bug, perhaps written otherwise, shows
  /// `model`: 0 to 1. A proxy in another process is noisy, so that nothing is impossible.
  func likelihood(given model: Sighting) -> Double {
    guard isFailure, model.isFailure else {
      return Self.likelihood(ofFailure: isFailure, given: model.isFailure)
    }
    guard symptoms != model.symptoms else { return digest == model.digest ? 0.9 : 0.6 }
    // The same bug written otherwise does the same kind of harm, if not in the same words.
    let common = Double(symptoms.intersection(model.symptoms).count)
    let likeness = common / Double(symptoms.union(model.symptoms).count)
    return (harms == model.harms ? 0.3 : 0.06) + 0.25 * likeness
  }

  /// How likely a delivery fails or passes where the model does: an error rate of a few per cent.
  static func likelihood(ofFailure fails: Bool, given model: Bool) -> Double {
    switch (fails, model) {
    case (false, false): 0.97
    case (false, true): 0.04
    case (true, false): 0.02
    case (true, true): 0.6
    }
  }

  /// What a proxy with both bugs shows, as far as that can be known without trying.
  func joined(with other: Sighting) -> Sighting {
    guard isFailure else { return other }
    guard other.isFailure, self != other else { return self }
    // 0 stands for an answer that nobody has seen.
    return Sighting(symptoms: symptoms.union(other.symptoms), digest: 0)
  }
}

extension [Violation] {
  /// The kinds of these breaches. A kind is the check and the name; `WRONG`, which stands for many
  /// things, is told apart by its sentence, without numbers and quoted text. What happened to many
  /// blocks is another kind than what happened to one or two.
  package var symptoms: Set<String> {
    var symptoms: Set<String> = []
    var counts: [String: Int] = [:]
    for violation in self {
      counts[violation.kind, default: 0] += 1
      guard violation.name == "WRONG" else { continue }
      symptoms.insert("\(violation.check): \(Self.shape(of: violation.detail))")
    }
    for (kind, count) in counts {
      symptoms.insert(kind)
      if count >= Self.manyMin { symptoms.insert("\(kind) ×many") }
    }
    return symptoms
  }

  /// As many breaches of one kind are many.
  private static let manyMin = 3

  /// A sentence without its numbers and without what stands in quotes.
  private static func shape(of sentence: String) -> String {
    sentence.split(separator: "'", omittingEmptySubsequences: false).enumerated()
      .compactMap { $0.offset % 2 == 0 ? String($0.element) : nil }
      .joined(separator: "…")
      .filter { !$0.isNumber }
  }
}
