// A failure that is intermittent under the same plan. The timing decides it and not the plan, so it
// proves nothing about a bug class and is not shrunk: it is a group of its own.

internal import Foundation
internal import Judging
internal import Terminal

/// A plan that failed, was tried again, and also passed.
package struct IntermittentFailure: Hashable, Sendable, Codable {
  package var recording: String
  package var plan: String
  /// What happened, in a few words: `blocks 2–8 lost`.
  package var what: String
  /// All runs of the plan, the first included.
  package var rate: Rate

  package init(recording: String, plan: String, what: String, rate: Rate) {
    (self.recording, self.plan, self.what, self.rate) = (recording, plan, what, rate)
  }
}

extension [IntermittentFailure] {
  /// A line for each kind, the most frequent first; `planCount` is that of the run.
  package func lines(planCount: Int) -> [String] {
    let groups = Dictionary(grouping: self, by: \.what).sorted {
      ($1.value.count, $0.key) < ($0.value.count, $1.key)
    }
    return groups.map { what, plans in
      // The first run of each is why it was tried again, so it does not count.
      let failed = plans.reduce(0) { $0 + $1.rate.failed - 1 }
      let runs = plans.reduce(0) { $0 + $1.rate.runs - 1 }
      return
        "\(what): \(plans.count) of \(counted(planCount, "plan")), \(failed) of \(runs) on retry: "
        + "timing, not the plan"
    }
  }
}

extension [Violation] {
  /// The first finding, in a few words: `blocks 2–8 lost`, or the check and its word.
  var inFewWords: String {
    guard let first else { return "nothing" }
    guard first.check == .blocks else {
      return "\(first.check.rawValue) \(first.name.lowercased())"
    }
    let numbers = filter { $0.kind == first.kind }.compactMap(\.blockNumber)
    guard let low = numbers.min(), let high = numbers.max() else {
      return "blocks \(first.name.lowercased())"
    }
    return (low == high ? "block \(low)" : "blocks \(low)–\(high)") + " \(first.name.lowercased())"
  }
}

extension Violation {
  /// The number after the word `block` in the sentence, from 1; nil when there is none.
  fileprivate var blockNumber: Int? {
    guard let start = detail.range(of: "block ")?.upperBound else { return nil }
    return Int(detail[start...].prefix { $0.isNumber })
  }
}
