// A class counts as exercised in a run through a target only where a proxy with its bug would be seen: a
// canary of each class that counts at a level is judged there as a target is, and must fail by a check
// that is named for the class.

import Judging
import MockQwen
import ProxyServing
import Testing

@testable import Canaries
@testable import Trials

@Suite(.timeLimit(.minutes(30))) struct TargetClassTests {
  @Test(arguments: CompareLevel.allCases)
  func whatCountsAtALevelFailsThere(_ level: CompareLevel) throws {
    let missing = Set(Canary.notApplicable.map(\.bugClass))
    var unseen: [String] = []
    for bugClass in BugClass.all where level.notices(bugClass) && !missing.contains(bugClass.id) {
      let own = Canary.all.filter { $0.bugClass == bugClass.id }
      let isSeen = try own.contains { try Self.isSeen($0, bugClass, at: level) }
      if !isSeen { unseen.append(bugClass.id) }
    }
    #expect(unseen.isEmpty, "\(unseen)")
  }

  /// Classes without a canary are not claimed by any level.
  @Test(arguments: CompareLevel.allCases)
  func whatHasNoCanaryIsNotClaimed(_ level: CompareLevel) {
    for (name, _) in Canary.notApplicable {
      #expect(BugClass.named(name).map(level.notices) == false, "\(name)")
    }
  }

  private static func isSeen(
    _ canary: Canary, _ bugClass: BugClass, at level: CompareLevel
  ) throws -> Bool {
    try canary.trials.contains { trial in
      let shown = try seen(canary.core, trial, level)
      return shown.contains { bugClass.checks.contains($0.check) }
    }
  }

  private static func seen<Core: ProxyCore>(
    _ core: Core.Type, _ trial: Trial, _ level: CompareLevel
  ) throws -> [Violation] {
    try CanaryWitness<Core>(judge: .target(level, comparesComments: level == .events))
      .look(at: trial.session, trial.plan)?.violations ?? []
  }
}
