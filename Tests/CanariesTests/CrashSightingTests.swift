// A process that dies is told as such, in the simulation as in another process, so that a model that dies
// can be compared with a target that has died; and what it says tells one death from another.

import Judging
import MockQwen
import ProxyServing
import Testing

@testable import Canaries
@testable import Trials

@Suite struct CrashSightingTests {
  /// The breaches of a canary under a delivery that brings its bug out, as a target's are judged.
  private static func seen<Core: ProxyCore>(
    _ core: Core.Type, _ trial: Trial
  ) throws -> DiagnosisCase {
    let witness = CanaryWitness<Core>(judge: .target(.events, comparesComments: false))
    return try #require(try witness.look(at: trial.session, trial.plan))
  }

  @Test(arguments: [
    "reset-crashes-process", "reset-crashes-process/any-cut", "headers-already-sent-crash/process",
    "usage-chunk-crash/process", "comment-breaks-parser/process", "empty-data-event/process",
  ])
  func aDeathIsTold(_ name: String) throws {
    let canary = try #require(Canary.named(name))
    for trial in canary.trials {
      let seen = try Self.seen(canary.core, trial)
      #expect(seen.sighting.symptoms.contains("liveness CRASHED"), "\(seen.sighting)")
    }
  }

  /// What a target says when it dies of a head that was sent, in the words of several libraries.
  @Test(arguments: [
    ("Error [ERR_HTTP_HEADERS_SENT]: Cannot set headers after they are sent to the client", true),
    ("RuntimeError: Response headers already sent", true), ("Error: read ECONNRESET", false),
  ])
  func aLateStatusIsKnownByItsWords(_ words: String, _ isLateStatus: Bool) throws {
    let died = Sighting([Violation(check: .liveness, name: "CRASHED", detail: words)], [])
    func likelihood(_ name: String) throws -> Double {
      let canary = try #require(Canary.named(name))
      let trial = try #require(canary.trials.last)
      return died.likelihood(given: try Self.seen(canary.core, trial).sighting)
    }
    let late = try likelihood("headers-already-sent-crash/process")
    let other = try likelihood("reset-crashes-process/any-cut")
    #expect(isLateStatus ? late > other : late < other)
  }

  /// One that lives is not told as dead.
  @Test(arguments: ["usage-chunk-crash", "comment-breaks-parser"])
  func whoGivesUpIsAlive(_ name: String) throws {
    let canary = try #require(Canary.named(name))
    let seen = try Self.seen(canary.core, canary.trials[0])
    #expect(seen.sighting.isFailure && !seen.sighting.symptoms.contains("liveness CRASHED"))
  }

  /// Where a target was not waited for, lateness tells nothing against a model.
  @Test func whatWasNotLookedForIsLeftOut() {
    func sighting(_ names: [(Check, String)]) -> Sighting {
      Sighting(names.map { Violation(check: $0.0, name: $0.1, detail: "") }, [])
    }
    let lost = sighting([(.blocks, "LOST")])
    let lostAndLate = sighting([(.blocks, "LOST"), (.progress, "LATE")])
    let late = sighting([(.progress, "LATE")])
    #expect(lost.quality(given: lostAndLate) > 0.8)
    #expect(lostAndLate.quality(given: lost) < lost.quality(given: lostAndLate))
    #expect(lost.quality(given: late) < lost.quality(given: lostAndLate) / 2)
  }
}
