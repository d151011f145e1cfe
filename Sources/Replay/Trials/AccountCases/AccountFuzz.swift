// Many runs of a proxy with accounts, from a seed, and their results: the accounts' part of `replay
// fuzz`. A case depends only on its number and the seed.

internal import Foundation
internal import Judging
package import MockQwen
internal import Networks
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
package import Stages
package import Terminal
internal import Wire

/// The results of runs of a proxy with accounts.
package struct AccountFuzzReport: Codable, Hashable {
  /// A case that broke a rule.
  package struct Failure: Codable, Hashable {
    package var number: Int
    package var text: String
    /// `check: detail`, for each violation.
    package var violations: [String]
  }

  package var schema = "qwen-replay.accounts.v1"
  package var seed: UInt64
  package var caseCount = 0
  package var socketsCaseCount = 0
  /// Combinations of the first account's state, injected fault and cut that were run.
  package var combinationCount = 0
  /// What clients got: `whole`, `refused`, `error`, `cut`, `left`.
  package var clients: [String: Int] = [:]
  /// Requests at the upstream, by outcome.
  package var upstream: [String: Int] = [:]
  /// Cases by the first account's state, and by injected fault.
  var states: [String: Int] = [:]
  var faults: [String: Int] = [:]
  package var failures: [Failure] = []
  /// Open descriptors of the process before the first case and after the last; nil when the system does
  /// not tell.
  var descriptorsBefore: Int?
  var descriptorsAfter: Int?
  /// Whether the user interrupted the run; absent when not.
  package var interrupted: Bool?

  /// Whether every rule held and no descriptor leaked.
  package var holds: Bool { failures.isEmpty && descriptorsBefore == descriptorsAfter }

  init(seed: UInt64) { self.seed = seed }

  fileprivate mutating func add(
    _ order: AccountCase, _ seen: AccountObservation, _ violations: [AccountViolation]
  ) {
    caseCount += 1
    socketsCaseCount += order.isOnSockets ? 1 : 0
    states[order.states[order.first].rawValue, default: 0] += 1
    faults[order.injected.rawValue, default: 0] += 1
    for client in seen.clients { clients[Self.word(client), default: 0] += 1 }
    for entry in seen.log { upstream[entry.outcome.rawValue, default: 0] += 1 }
    guard !violations.isEmpty else { return }
    failures.append(
      Failure(
        number: order.number, text: order.text,
        violations: violations.map(\.text)))
  }

  private static func word(_ client: AccountObservation.Client) -> String {
    switch (client.ending, client.reader.status ?? 0) {
    case (.left, _): "left"
    case (.complete, 200): "whole"
    case (.complete, 500...): "error"
    case (.complete, _): "refused"
    default: "cut"
    }
  }

  /// The whole text for a person.
  package func text(_ console: Console, command: (Failure) -> String) -> String {
    var lines = [
      "accounts",
      "  combinations: \(combinationCount) of \(AccountCase.combinationCount) "
        + "(\(AccountCase.State.allCases.count) account states, "
        + "\(AccountCase.InjectedFault.allCases.count) failures, \(AccountCase.cuts.count) cuts)",
      "  account states: " + Self.list(AccountCase.State.allCases.map(\.rawValue), states),
      "  failures: " + Self.list(AccountCase.InjectedFault.allCases.map(\.rawValue), faults),
      "  clients got: " + Self.list(["whole", "refused", "error", "cut", "left"], clients),
      "  the upstream saw: " + Self.list(MockAccounts.Outcome.allCases.map(\.rawValue), upstream),
    ]
    for failure in failures.prefix(10) {
      lines += ["", "\(console.paint("FAILED", .red)) case \(failure.number): \(failure.text)"]
      lines += failure.violations.map { "  \($0)" }
      lines += ["", "  Reproduce with:", "    \(command(failure))"]
    }
    if failures.count > 10 { lines += ["", "and \(failures.count - 10) more cases that failed"] }
    let descriptors =
      descriptorsBefore.map { "\($0) descriptors before, \(descriptorsAfter ?? 0) after" }
      ?? "descriptors are not told here"
    let verdict =
      failures.isEmpty
      ? holds
        ? interrupted == true
          ? console.paint("INTERRUPTED", .yellow) + "  nothing failed by then"
          : console.paint("PASSED", .green) + "  nothing lost"
        : console.paint("FAILED", .red) + "  descriptors leak"
      : console.paint("FAILED", .red) + "  \(failures.count) of \(caseCount) cases"
    lines += [
      "",
      "\(verdict): \(caseCount) cases of accounts, \(socketsCaseCount) of them on sockets, "
        + "\(clients.values.reduce(0, +)) requests",
      "seed \(seed); \(descriptors)",
    ]
    return lines.joined(separator: "\n")
  }

  private static func list(_ names: [String], _ counts: [String: Int]) -> String {
    names.map { "\($0) \(counts[$0] ?? 0)" }.joined(separator: ", ")
  }
}

/// Runs the cases with these numbers; with `isSimulated` none of them on sockets, and with `failsFast` none
/// behind the first that fails.
///
/// - Throws: `StageError` when a stage cannot continue.
package func accountFuzz(
  _ numbers: some Sequence<Int>, seed: UInt64, isSimulated: Bool = false, failsFast: Bool = false,
  progress: (Int) -> Void = { _ in }
) throws -> AccountFuzzReport {
  var report = AccountFuzzReport(seed: seed)
  let session = Script.all[0].session
  var combinations: Set<Int> = []
  // The first stage on sockets may open descriptors that the process keeps.
  _ = try? LoopbackNetwork()
  report.descriptorsBefore = openDescriptorCount()
  for number in numbers {
    if Interruption.count > 0 {
      report.interrupted = true
      break
    }
    var order = AccountCase(number, seed: seed)
    if isSimulated { order.isOnSockets = false }
    let seen = try run(order, answering: session)
    let violations = AccountJudge(order: order, session: session.body).violations(seen)
    combinations.insert(number % AccountCase.combinationCount)
    report.add(order, seen, violations)
    if failsFast, !violations.isEmpty { break }
    if report.caseCount % 100 == 0 { progress(report.caseCount) }
  }
  report.combinationCount = combinations.count
  report.descriptorsAfter = openDescriptorCount()
  return report
}

/// Runs a case on its stage.
package func run(_ order: AccountCase, answering session: Session) throws -> AccountObservation {
  guard order.isOnSockets else {
    var stage = try AccountStage(SimulatedNetwork(), order, answering: session)
    return try stage.run()
  }
  var stage = try AccountStage(try LoopbackNetwork(), order, answering: session)
  return try stage.run()
}

/// How many descriptors this process has open; nil when the system does not tell.
private func openDescriptorCount() -> Int? {
  try? FileManager.default.contentsOfDirectory(atPath: "/dev/fd").count
}
