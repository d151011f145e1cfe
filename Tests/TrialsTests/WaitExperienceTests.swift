// What a run learns of waiting: little is waited for where the same was seen often, never nothing.

import Judging
import MockQwen
import Recordings
import Testing
import Wire

@testable import Trials

@Suite struct WaitExperienceTests {
  private static let session = Script.all[0].session

  /// An outcome whose client saw an ending, late or not, of a target that may have died.
  private static func outcome(
    _ ending: Observation.Ending, isLate: Bool = false, crash: String? = nil
  ) -> TargetOutcome {
    var observation = TargetObservation()
    observation.clients = [
      Observation(
        status: 200, fields: [], body: [], ending: ending, breach: nil, requests: [],
        delay: isLate ? Observation.Delay(sent: 1, due: 1, received: 0) : nil, leftConnections: 0,
        upstreamsLeft: 0, hasHalfClosed: false)
    ]
    observation.crash = crash
    return TargetOutcome(
      observation: observation, expectation: .whole(session), delivery: Delivery(session, Plan()))
  }

  @Test func aHangIsWaitedForInFullOnce() {
    var waits = WaitExperience()
    #expect(waits.patience("a", of: 5_000) == 5_000)
    waits.note(Self.outcome(.silent), "a")
    #expect(waits.patience("a", of: 5_000) == 500 && waits.patience("a", of: 3) == 1)
    #expect(waits.patience("b", of: 5_000) == 5_000)
  }

  @Test func ofLatePlansOnlyASampleIsWaitedFor() {
    var waits = WaitExperience()
    for _ in 0..<3 {
      #expect(waits.awaitsProgress(ofPlan: 1, isFirst: false))
      waits.noteLatePlan(Self.outcome(.complete, isLate: true))
      waits.noteLatePlan(Self.outcome(.complete))
    }
    #expect(
      (0..<64).map { waits.awaitsProgress(ofPlan: $0, isFirst: false) }.filter { $0 }.count == 2)
    #expect(waits.isFirst("framing=close") && !waits.isFirst("framing=close"))
    #expect(waits.awaitsProgress(ofPlan: 1, isFirst: true))
  }

  @Test func aTargetThatHasLivedThroughItIsTrusted() {
    var waits = WaitExperience()
    let first = waits.deathTime("fault=reset")
    for _ in 0..<2 { waits.note(Self.outcome(.reset), "fault=reset") }
    #expect(waits.deathTime("fault=reset") < first && waits.deathTime("fault=fin") == first)
    waits.note(Self.outcome(.reset, crash: "ended"), "fault=reset")
    #expect(waits.deathTime("fault=reset") == first)
  }

  @Test func whatComesAndGoesIsGroupedByWhatItIs() {
    func failure(_ what: String, _ failed: Int, _ runs: Int) -> IntermittentFailure {
      IntermittentFailure(
        recording: "a", plan: "cuts=1x", what: what, rate: Rate(failed: failed, runs: runs))
    }
    let lines = [
      failure("block 2 lost", 1, 21), failure("end cut", 2, 21), failure("end cut", 1, 21),
    ]
    .lines(planCount: 80)
    #expect(
      lines == [
        "end cut: 2 of 80 plans, 1 of 40 on retry: timing, not the plan",
        "block 2 lost: 1 of 80 plans, 0 of 20 on retry: timing, not the plan",
      ])
  }

  @Test func breachesInFewWords() {
    func lost(_ block: Int) -> Violation {
      Violation(check: .blocks, name: "LOST", detail: "block \(block) at body byte 9 did not come")
    }
    let ends = Violation(check: .end, name: "FALSE END", detail: "it looks whole")
    #expect([lost(2), lost(8), ends].inFewWords == "blocks 2–8 lost")
    #expect([lost(3)].inFewWords == "block 3 lost" && [ends].inFewWords == "end false end")
    #expect([Violation]().inFewWords == "nothing")
  }
}
