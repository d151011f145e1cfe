// What the documentation of the embedded proxy says, as plans: the core holds under every setting and
// every request, and cores that are wrong on purpose are caught by the rule that is about it.

import Foundation
import MockQwen
import ProxyServing
import ProxyUnderTest
import Testing
import Wire

@testable import Judging
@testable import Trials

@Suite(.timeLimit(.minutes(30))) struct DocumentedTests {
  static let session = Script.all[1].session
  /// A session whose events are all chunks of a completion, with two choices.
  static let choices = Script.all.first { $0.name == "choices-two" }!.session

  static let settings: [String] = [
    "core=heartbeat:100 pacing=250ms cuts=events", "core=heartbeat:100 pacing=100ms cuts=1x",
    "core=heartbeat:60000 fault=stall@1400", "core=heartbeat:60000+idle:60000 fault=stall@1400",
    "core=total:1 pacing=3ms cuts=events", "core=total:500 fault=stall@1400",
    "core=idle:10 pacing=20ms cuts=events", "core=idle:10 pacing=10ms cuts=events",
    "core=idle:10 pacing=9ms cuts=1x", "core=first:50 pacing=20ms cuts=head",
    "core=first:50 fault=stall@10", "core=block:40 cuts=events", "core=block:40 cuts=1x",
    "core=block:2000", "core=join", "core=join cuts=1x", "core=join fault=fin@900",
    "core=join fault=stall@900", "core=join+block:300", "core=join request=again",
    "core=reuse request=again", "core=reuse request=fourfold", "core=reuse request=again odd=extra",
    "core=reuse fault=reset@900", "core=reuse framing=close request=again",
    "core=half-close client=halfcloses@100", "core=keys", "core=keys request=nokey",
    "core=keys request=wrongkey", "core=keys request=shortkey", "core=keys request=basic",
    "core=keys request=otherkey", "core=keys request=bothkeys", "core=keys request=absolute",
    "core=keys request=health", "core=keys request=options", "core=keys request=head",
    "core=model request=nomodel", "core=model request=models", "core=connections:2 streams=4",
    "core=connections:1 streams=40", "core=connections:1 streams=3 request=health",
    "core=connections:1 streams=3 request=options",
    "core=connections:1 streams=3 request=posthealth",
    "core=connections:1 streams=3 request=unknown", "core=connections:1 streams=70",
    "request=unknown", "request=mute", "request=halfhead", "request=halfbody", "upstream=refuses",
    "upstream=refuses request=again",
    "upstream=silent", "upstream=silent core=connect:50", "upstream=silent core=total:5",
    "fault=stall@10", "fault=stall@1400", "fault=fin@10", "fault=reset@10", "fault=fin@1400",
    "fault=reset@1400", "odd=plus", "odd=barelf cuts=1x", "pacing=100000ms cuts=events",
    "framing=close pacing=75ms cuts=events", "framing=close request=http10 pacing=75ms cuts=events",
    "request=closing", "request=expect", "request=pieces", "request=chunked", "request=fourfold",
    "request=closing fault=fin@900", "stop=100", "stop=0",
  ]

  @Test(arguments: settings) func theCoreHolds(_ line: String) throws {
    for session in [Self.session, Self.choices] {
      let outcome = try CaseRunner<Exchange>().run(session, try Plan(line), on: .both)
      #expect(outcome.violations == [], "\(session.name)")
    }
  }

  /// The proxy core with a flaw that a test names.
  struct Flawed: ProxyCore {
    @TaskLocal static var flaw = Flaw.none

    enum Flaw: Sendable {
      case none, hasty, restless, silent, keyless, closes, otherCode, eager, joinsNothing
      case forgetsReuse, otherLimit
    }

    static var isDocumented: Bool { true }
    private var core: Exchange

    init(settings: Settings) {
      var settings = settings
      switch Self.flaw {
      case .silent: settings.heartbeatTime = nil
      case .keyless: settings.clientKeys = []
      case .joinsNothing: settings.streams = true
      case .forgetsReuse: settings.keepsUpstreams = false
      case .otherLimit: settings.limits.blockBytesMax += 1
      default: break
      }
      core = Exchange(settings: settings)
    }

    var isClosed: Bool { core.isClosed }
    var deadline: Milliseconds? {
      switch Self.flaw {
      case .hasty: core.deadline.map { $0 - 1 }
      case .restless: isClosed ? nil : -1
      default: core.deadline
      }
    }

    mutating func handle(
      _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
    ) {
      let first = outputs.count
      var now = now
      if Self.flaw == .hasty, input == .deadline { now += 1 }
      core.handle(input, at: now, into: &outputs)
      for index in outputs.indices.dropFirst(first) {
        guard case .client(var bytes) = outputs[index] else { continue }
        if Self.flaw == .otherCode {
          bytes = Array(
            String(decoding: bytes, as: UTF8.self)
              .replacing("upstream_truncated", with: "upstream_truncates").utf8)
        }
        outputs[index] = .client(bytes)
        if Self.flaw == .closes, bytes == Array("0\r\n\r\n".utf8) { outputs.append(.closeClient) }
      }
      if Self.flaw == .eager, outputs.dropFirst(first).contains(.connect) {
        outputs.append(.client(Array("HTTP/1.1 102 Processing\r\n\r\n".utf8)))
      }
    }
  }

  static let flaws: [(Flawed.Flaw, String, String)] = [
    (.hasty, "fault=stall@1400", "liveness KILLED"), (.hasty, "fault=stall@10", "liveness KILLED"),
    (.hasty, "upstream=silent", "liveness KILLED"), (.hasty, "request=halfhead", "liveness KILLED"),
    (.restless, "fault=stall@1400", "liveness HANGS"), (.restless, "cuts=whole", "liveness HANGS"),
    (.restless, "request=mute", "liveness HANGS"),
    (.silent, "core=heartbeat:100 pacing=250ms cuts=events", "bytes CORRUPTED"),
    (.keyless, "core=keys request=wrongkey", "posts WRONG"),
    (.closes, "cuts=whole", "end CLOSED"), (.otherCode, "fault=fin@10", "end WRONG"),
    (.otherCode, "fault=fin@1400", "end WRONG"), (.eager, "cuts=whole", "head WRONG"),
    (.joinsNothing, "core=join", "end WRONG"),
    (.forgetsReuse, "core=reuse request=again", "request WRONG"),
    (.otherLimit, "core=block:40 cuts=1x pacing=1ms", "liveness HANGS"),
  ]

  @Test(arguments: flaws)
  func aWrongCoreIsCaught(_ flaw: Flawed.Flaw, _ line: String, _ kind: String) throws {
    let plan = try Plan(line)
    let found = try Flawed.$flaw.withValue(flaw) {
      try CaseRunner<Flawed>().run(Self.session, plan, on: .simulated).violations
    }
    #expect(found.map { "\($0.check.rawValue) \($0.name)" }.contains(kind))
    let held = try CaseRunner<Flawed>().run(Self.session, plan, on: .simulated).violations
    #expect(held == [])
  }

  /// A core that traps ends the process; what it was given is told first.
  @Test func aTrapNamesItsRun() async throws {
    let result = try #require(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        struct Trapping: ProxyCore {
          init(settings: Settings) {}
          var isClosed: Bool { false }
          var deadline: Milliseconds? { nil }
          mutating func handle(
            _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
          ) {
            preconditionFailure("on purpose")
          }
        }
        catchTrapsOfThisProcess()
        let plan = try Plan("cuts=17 fault=fin@30")
        _ = try Run<Trapping>(Script.all[1].session).results(
          CollectionOfOne(plan), on: .simulated)
      })
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(text.contains("recording chat-chinese-emoji, plan 'cuts=17 fault=fin@30'"))
    #expect(text.contains("Reproduce with: replay run --stage simulated --plan"))
  }
}
