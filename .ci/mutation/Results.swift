// The figures: what was noticed of the mutants that can be observed, by file and by rule.

import Foundation

struct Results {
  /// The share of the observable mutants that must be noticed, in all and in each file, in percent.
  static let shareMin = 95
  static let fileShareMin = 85
  /// A sample fails only below what luck gives once in this many samples of mutants of which
  /// `shareMin` is noticed: a step of CI must not fail by luck.
  static let luck = 10_000.0

  private struct Count {
    var killed = 0
    var hung = 0
    var survived = 0
    var neverReached = 0
    var equivalent = 0

    var observable: Int { killed + hung + survived + neverReached }
    var noticed: Int { killed + hung }
    var share: String { observable == 0 ? "-" : "\(noticed * 100 / observable) %" }
  }

  private var files: [String: Count] = [:]
  private var rules: [String: Count] = [:]
  private var all = Count()
  private var steps: [String: Int] = [:]

  mutating func add(_ mutant: Mutant, _ fate: Fate) {
    let path: WritableKeyPath<Count, Int> =
      switch fate {
      case .killed: \.killed
      case .hung: \.hung
      case .survived: \.survived
      case .neverReached: \.neverReached
      case .equivalent: \.equivalent
      }
    files[mutant.file, default: Count()][keyPath: path] += 1
    rules[mutant.rule.rawValue, default: Count()][keyPath: path] += 1
    all[keyPath: path] += 1
    if case .killed(let step) = fate { steps[step, default: 0] += 1 }
    if case .hung(let step) = fate { steps[step, default: 0] += 1 }
  }

  var table: String {
    var lines = [Self.row("", "noticed", "killed", "hangs", "survived", "unreached", "equivalent")]
    func add(_ name: String, _ count: Count) {
      lines.append(
        Self.row(
          name, count.share, "\(count.killed)", "\(count.hung)", "\(count.survived)",
          "\(count.neverReached)", "\(count.equivalent)"))
    }
    for name in files.keys.sorted() { add(name, files[name]!) }
    lines.append("")
    for name in rules.keys.sorted() { add(name, rules[name]!) }
    lines.append("")
    add("all", all)
    lines.append("")
    for name in steps.keys.sorted() { lines.append("noticed by \(name): \(steps[name]!)") }
    return lines.joined(separator: "\n")
  }

  /// Whether enough was noticed. A sample is too small to tell of single files.
  func isEnough(isSample: Bool) -> Bool {
    guard !isSample else { return all.noticed >= Self.leastOfSample(all.observable) }
    func holds(_ count: Count, _ least: Int) -> Bool {
      count.noticed * 100 >= count.observable * least
    }
    return holds(all, Self.shareMin) && files.values.allSatisfy { holds($0, Self.fileShareMin) }
  }

  /// The least number of `count` that must be noticed in a sample: the sum of the binomial distribution up
  /// to it is above one in `luck`.
  static func leastOfSample(_ count: Int) -> Int {
    let share = Double(shareMin) / 100
    var sum = 0.0
    for number in 0...count {
      let ways = lgamma(Double(count + 1)) - lgamma(Double(number + 1)) - lgamma(Double(count - number + 1))
      sum += exp(ways + Double(number) * log(share) + Double(count - number) * log(1 - share))
      if sum > 1 / luck { return number }
    }
    return count
  }

  private static func row(_ name: String, _ cells: String...) -> String {
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(width - text.count, 0))
    }
    return padded(name, 52) + cells.map { padded($0, 11) }.joined()
  }
}
