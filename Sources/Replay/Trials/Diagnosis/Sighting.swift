// What one delivery showed of a proxy, reduced to what tells bugs apart: the kinds of breaches, and a
// number for the answer itself. Two proxies with the same bug show the same sightings under the same
// plans, whatever they are written in.

package import Judging

/// What one delivery showed of a proxy.
package struct Sighting: Hashable, Sendable {
  /// The kinds of breaches, as `Violation.symptoms` names them; empty when nothing failed.
  package var symptoms: Set<String>
  /// What happened to which block or field, as `Violation.details` tells it.
  package var details: Set<String>
  /// A number for what a client takes from the answer: status, blocks and end (FNV-1a, 64 bits). A proxy
  /// that writes events anew has the same number as one that hands on their bytes.
  package var content: UInt64
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

  package init(
    symptoms: Set<String> = [], details: Set<String> = [], content: UInt64 = 0, digest: UInt64 = 0
  ) {
    (self.symptoms, self.details) = (symptoms, details)
    (self.content, self.digest) = (content, digest)
  }

  /// What breaches show; one that passes looks like every other.
  ///
  /// - Parameter observations: What each client saw, in order.
  package init(_ violations: [Violation], _ observations: [Observation]) {
    self.init()
    guard !violations.isEmpty else { return }
    (symptoms, details) = (violations.symptoms, violations.details)
    var (content, digest) = (Hash(), Hash())
    for seen in observations {
      for block in ReferenceReader.blocks(in: seen.body) {
        let heard = block.fields.filter { Self.heardFields.contains($0.name) }
        guard !heard.isEmpty else { continue }
        for line in heard { content.add(line.name + [0x3A] + line.value + [0x0A]) }
        content.add([block.isFinished ? 1 : 0])
      }
      digest.add(seen.body)
      let status = UInt8(truncatingIfNeeded: seen.status ?? 0)
      digest.add([status] + Array(seen.ending.rawValue.utf8))
      // How a connection is broken off depends on the proxy's runtime.
      let isBroken = seen.ending == .cut || seen.ending == .reset
      content.add([status] + Array((isBroken ? "cut" : seen.ending.rawValue).utf8))
    }
    (self.content, self.digest) = (content.value, digest.value)
  }

  /// The fields that a client acts on (WHATWG HTML, section 9.2.6): it passes over comments and all others,
  /// so that a proxy may drop them or hand them on.
  private static let heardFields = Set(["data", "event", "id", "retry"].map { Array($0.utf8) })

  /// What each level at which two failures are alike adds to their likeness; the rest of 1 stands for
  /// failures that have nothing in common, as a proxy in another process is noisy.
  private enum Weight {
    static let any = 0.04
    static let harms = 0.12
    static let symptoms = 0.2
    static let details = 0.25
    static let content = 0.25
    static let digest = 0.09
    static let all = any + harms + symptoms + details + content + digest
  }

  /// How likely a proxy shows this when one with the same bug, perhaps written otherwise, shows
  /// `model`: 0 to 1. The same bug fails under the same plans, mostly does the same kind of harm to the
  /// same blocks, and often leaves the client with the same content; only its own program leaves it
  /// with the same bytes.
  func likelihood(given model: Sighting) -> Double {
    guard isFailure, model.isFailure else {
      return Self.likelihood(ofFailure: isFailure, given: model.isFailure)
    }
    let model = model.asLooked(at: self)
    // Equal numbers of 0 stand for answers that nobody has seen.
    return Weight.any + (harms == model.harms ? Weight.harms : 0)
      + Weight.symptoms * Self.likeness(symptoms, model.symptoms)
      + Weight.details * Self.likeness(details, model.details)
      + (content == model.content && content != 0 ? Weight.content : 0)
      + (digest == model.digest && digest != 0 ? Weight.digest : 0)
  }

  /// What a model shows as far as it was looked for in the subject: where something else breaks, a target
  /// is not always waited for until what is late has come.
  private func asLooked(at seen: Sighting) -> Sighting {
    func isOfLateness(_ symptom: String) -> Bool { symptom.hasPrefix("\(Check.progress) ") }
    guard !seen.symptoms.contains(where: isOfLateness), !symptoms.allSatisfy(isOfLateness) else {
      return self
    }
    return withoutLateness()
  }

  /// What is seen where nobody waits for what is late.
  func withoutLateness() -> Sighting {
    func isOfLateness(_ text: String) -> Bool { text.hasPrefix("\(Check.progress) ") }
    guard symptoms.contains(where: isOfLateness) else { return self }
    var known = self
    known.symptoms = symptoms.filter { !isOfLateness($0) }
    known.details = details.filter { !isOfLateness($0) }
    return known.isFailure ? known : Sighting()
  }

  /// Whether nothing failed but that something was late.
  var isOnlyLate: Bool { isFailure && !withoutLateness().isFailure }

  /// How much two failures have in common by their kinds alone: 0 to 1.
  func kinship(to other: Sighting) -> Double { Self.likeness(symptoms, other.symptoms) }

  /// How much of what the model shows is seen, and the other way round: 0 to 1, and 1 where both are
  /// the same in all respects.
  func quality(given model: Sighting) -> Double {
    guard isFailure, model.isFailure else { return 0 }
    guard isOnlyLate else { return likelihood(given: model) / Weight.all }
    // All that hold bytes back give their clients the same in the end: that tells nothing.
    return
      (Self.likeness(symptoms, model.symptoms) + Self.likeness(details, model.details)) / 2
  }

  /// The part of two sets that they have in common (Jaccard): 0 to 1.
  private static func likeness(_ left: Set<String>, _ right: Set<String>) -> Double {
    if left == right { return 1 }
    let common = left.count(where: right.contains)
    return Double(common) / Double(left.count + right.count - common)
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
    return Sighting(
      symptoms: symptoms.union(other.symptoms), details: details.union(other.details))
  }
}

/// An FNV-1a hash, 64 bits, under way.
private struct Hash {
  var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ bytes: [UInt8]) {
    value = bytes.reduce(value) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }
}

extension Violation {
  /// The part of the sentence that is the same in every process: no times, and no place of the body that
  /// depends on what stands before it.
  fileprivate var telling: String {
    switch check {
    // How often it was late tells who holds all back from who holds back a part.
    case .progress:
      (bodyOffset.map { "up to byte \($0)" } ?? "")
        + (detail.split(separator: ";").last { $0.hasPrefix(" late ") } ?? "")
    // What a process says when it dies is its runtime's.
    case .liveness where name == "CRASHED": isOfLateStatus ? "with headers sent" : ""
    default: Self.withoutPlace(detail)
    }
  }

  /// A sentence without ` at body byte N`. A regular expression takes most of the time of a sighting.
  private static func withoutPlace(_ sentence: String) -> String {
    let (bytes, words) = (Array(sentence.utf8), Array(" at body byte ".utf8))
    var kept: [UInt8] = []
    var place = 0
    while place < bytes.count {
      let isPlace = bytes[place...].starts(with: words)
      let digits = bytes[place...].dropFirst(isPlace ? words.count : 0).prefix { 0x30...0x39 ~= $0 }
      if isPlace, !digits.isEmpty {
        place = digits.endIndex
      } else {
        kept.append(bytes[place])
        place += 1
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }

  /// Whether a process has died of setting a head that has been sent; all runtimes say so in the words
  /// of their HTTP library.
  fileprivate var isOfLateStatus: Bool {
    guard name == "CRASHED" else { return false }
    let words = detail.lowercased()
    return words.contains("header") && words.contains("sent")
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
    if contains(where: \.isOfLateStatus) { symptoms.insert("CRASHED with headers sent") }
    for (kind, count) in counts {
      symptoms.insert(kind)
      if count >= Self.manyMin { symptoms.insert("\(kind) ×many") }
    }
    return symptoms
  }

  /// What happened where: the sentences of the first breaches with their numbers, so that two that
  /// do the same to different blocks differ.
  package var details: Set<String> {
    Set(prefix(Self.detailsMax).map { "\($0.kind): \($0.telling)" })
  }

  /// Breaches that are told in detail: what follows mostly repeats them.
  private static let detailsMax = 12
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
