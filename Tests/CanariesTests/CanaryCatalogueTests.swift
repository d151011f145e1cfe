// The catalogue of canaries: each is caught by a check that its class names, under a delivery that
// exercises the class; the proxies that are right pass all trials; and no check is idle.

import Foundation
import Testing

@testable import Canaries
@testable import Judging
@testable import ProxyServing
@testable import Terminal
@testable import Trials

extension Canary: CustomTestStringConvertible {
  public var testDescription: String { name }
}

@Suite struct CanaryCatalogueTests {
  @Test(arguments: Canary.all) func isCaughtByItsCheck(_ canary: Canary) throws {
    let result = try canary.result()
    #expect(result.detection == .caught, "seen by \(result.seen), \(result.detail)")
    let bugClass = try #require(BugClass.named(canary.bugClass))
    #expect(result.classes.contains(bugClass))
  }

  /// Deliveries in which little can go wrong: most classes are not exercised by one of them.
  static let plain: [Trial] = [
    .stream("data: 1\n\n", "cuts=whole chunks=whole framing=length"),
    .stream(
      "data: {\"choices\":[],\"usage\":{\"n\":1}}\n\ndata: [DONE]\n\n", "cuts=head"),
    .stream("{\"object\":\"list\"}", type: "application/json"),
  ]

  /// A canary has its own bug and no other: where its class is not exercised, nothing is found.
  @Test(arguments: Canary.all) func hasNoOtherBug(_ canary: Canary) throws {
    let bugClass = try #require(BugClass.named(canary.bugClass))
    func run<Core: ProxyCore>(_ core: Core.Type) throws -> Int {
      var count = 0
      for trial in Self.plain {
        let outcome = try trial.outcome(through: core)
        guard !outcome.classes.contains(bugClass) else { continue }
        count += 1
        #expect(outcome.violations == [], "\(trial.plan)")
      }
      return count
    }
    #expect(try run(canary.core) > 0)
  }

  @Test(arguments: GoodProxy.allCases) func aRightProxyPasses(_ proxy: GoodProxy) throws {
    let result = try proxy.result(Canary.all.flatMap(\.trials), scripts: false)
    #expect(result.failures == [])
    #expect(result.planCount == Canary.all.flatMap(\.trials).count(where: proxy.takes))
    #expect(result.planCount > 100)
  }

  /// A proxy that reads records rightly passes where those fail that read them wrongly.
  @Test(arguments: Canary.recordCanaries) func reasonableReadingPasses(_ canary: Canary) throws {
    for trial in canary.trials {
      #expect(try trial.outcome(through: RecordCanary<EveryRecord>.self).violations == [])
    }
  }

  @Test func theCatalogueIsInOrder() {
    let ids = BugClass.all.map(\.id)
    #expect(Set(Canary.all.map(\.name)).count == Canary.all.count)
    #expect(Canary.all.allSatisfy { ids.contains($0.bugClass) && !$0.trials.isEmpty })
    #expect(Canary.notApplicable.count <= 12)
    #expect(Set(Canary.notApplicable.map(\.bugClass)).isDisjoint(with: Canary.all.map(\.bugClass)))
  }

  private static let results = Result { try Canary.all.map { try $0.result(runsAll: true) } }

  /// Without any one of the checks a canary would live, or be caught only by a check that its class
  /// does not name.
  @Test(arguments: Check.allCases) func withoutThisCheckACanaryLives(_ check: Check) throws {
    #expect(try Self.results.get().contains { $0.detection(without: check) != .caught })
  }

  @Test func everyClassHasACanaryOrAReason() {
    let shown = Set(Canary.all.map(\.bugClass))
    for bugClass in BugClass.all where !shown.contains(bugClass.id) {
      #expect(
        Canary.notApplicable.contains { $0.bugClass == bugClass.id && $0.reason.count > 20 },
        "\(bugClass.id)")
    }
  }

  /// A violation is known for the classes that name its check, those of its delivery first.
  @Test func aViolationKnowsItsClasses() throws {
    let violation = Violation(check: .mixing, name: "MIXED", detail: "")
    let known = ["keepalive-desync", "cross-stream-mixup"]
    #expect(violation.classes(among: ClassSet()) == known)
    var exercised = ClassSet()
    exercised.insert(try #require(BugClass.named("cross-stream-mixup")))
    exercised.insert(try #require(BugClass.named("utf8-split")))
    #expect(violation.classes(among: exercised) == ["cross-stream-mixup"])
    for check in Check.allCases {
      let bare = Violation(check: check, name: "", detail: "")
      #expect(!bare.classes(among: ClassSet()).isEmpty, "\(check)")
    }
  }

  @Test func thePageIsThatOfTheTable() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "docs/bug-classes.md"), encoding: .utf8)
    #expect(page == BugClass.page, "write it anew: replay canaries --page > docs/bug-classes.md")
    for bugClass in BugClass.all {
      #expect(page.contains("### \(bugClass.number). \(bugClass.id)\n"))
    }
  }
}
