// The pictures of a report: what they are drawn from is what happened, and the page holds it.

import Foundation
import MockQwen
import TestSupport
import Testing
import Wire

@testable import Canaries
@testable import Commands
@testable import Judging
@testable import Recordings
@testable import Stages
@testable import Terminal
@testable import Trials

/// Reports of a small run, made once.
enum SampleReports {
  static let session: Session = {
    let body = Array(
      "data: {\"choices\":[{\"delta\":{\"content\":\"你好\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"!\"}}]}\n\ndata: [DONE]\n\n"
        .utf8)
    var session = Script.all[0].session
    session.name = "sample"
    session.body = body
    session.fragments = [.init(end: 20, milliseconds: 5), .init(end: body.count, milliseconds: 9)]
    return session
  }()

  /// A run of the sample with a core under plans.
  static func run(_ core: String, _ plans: PlanChoice) async throws -> RunReport {
    let recording = Recording(source: "a test", session: session)
    let options = CoreRunOptions(
      recordings: [("sample.jsonl", recording)], plans: plans, stages: [.simulated], seed: 1)
    return try await report(options, core: CoreChoice(named: core).type, subject: core) { _, _ in }
  }

  /// What a diagnosis finds in a report of the sample.
  static func defects(_ report: RunReport, _ core: String) async throws -> DefectText {
    let recording = Recording(source: "a test", session: session)
    let run = DiagnosedRun(report: report, recordings: [("sample.jsonl", recording)])
    return DefectText(try await run.defects(coreNamed: core, Policy()), report) { path, plan in
      "replay run \(path) --plan '\(plan)'"
    }
  }

  static func command(_ part: RunReport.Part, _ failure: FailedPlan) -> String {
    "replay run \(part.path) --plan '\(failure.plan)'"
  }
}

@Suite struct PictureTests {
  @Test func aStripSaysWhatBecameOfEachBlock() async throws {
    let report = try await SampleReports.run("fragment-lines", .set(.quick))
    let part = try #require(report.parts.first)
    let failure = try #require(part.smallest)
    let strip = try #require(part.strip)
    #expect(report.verdict == .failed)
    #expect(strip.boxes.filter { $0.range != nil }.count == 3)
    #expect(strip.boxes.contains { $0.state != .arrived })
    #expect(strip.byteCount == SampleReports.session.body.count)
    #expect(strip.cutCount >= 1 && strip.cutCount <= 2, "\(failure.plan)")
    // A plan that cuts chunks instead is not simpler, though its writes are whole.
    let plain = part.failures.filter { !$0.plan.contains("chunks=") && !$0.plan.contains("fault=") }
    #expect(!plain.isEmpty)
    #expect(plain.allSatisfy { ($0.strip?.cutCount ?? 0) >= strip.cutCount })
    let words = strip.words
    #expect(words.contains("lost") || words.contains("changed"), "\(words)")
    #expect(strip.line.count == strip.boxes.count)
  }

  @Test func whatWasNeverSentIsNeitherLostNorArrived() async throws {
    var plan = Plan()
    plan.fault = Fault(.reset, at: Transmission(SampleReports.session, plan).headEnd + 5)
    let report = try await SampleReports.run("embedded", .one(plan))
    #expect(report.verdict == .passed)
    let failed = try await SampleReports.run("direct-pipe", .one(plan))
    let strip = try #require(failed.parts.first?.smallest?.strip)
    #expect(strip.fault == "reset")
    let states = Set(strip.boxes.map(\.state))
    #expect(states.contains(.unsent))
    #expect(!states.contains(.lost))
  }

  @Test func aPassedRecordingHasAStripToo() async throws {
    let report = try await SampleReports.run("embedded", .one(Plan()))
    let strip = try #require(report.parts.first?.strip)
    #expect(strip.boxes.map(\.state) == [.arrived, .arrived, .arrived])
    #expect(strip.boxes.map(\.label).first == "你好")
    #expect(report.parts.first?.heat == nil)
  }

  /// The map counts exactly the failed plans that have a cut in front of a byte.
  @Test func heatIsCountedAtTheCut() async throws {
    let head = Transmission(SampleReports.session, Plan()).headEnd
    let report = try await SampleReports.run("fragment-lines", .set(.quick))
    let heat = try #require(report.parts.first?.heat)
    #expect(heat.counts.count == SampleReports.session.body.count + 1)
    #expect(heat.max > 0)
    var one = try #require(CutHeat(byteCount: SampleReports.session.body.count))
    var plan = Plan()
    plan.framing = .close
    let start = Transmission(SampleReports.session, plan).headEnd
    plan.cuts = .at([3, start + 7])
    one.take(Delivery(SampleReports.session, plan))
    #expect(one.headCount == 1)
    #expect(one.counts.enumerated().filter { $0.element > 0 }.map(\.offset) == [7])
    #expect(head > 0)
    #expect(CutHeat(byteCount: CutHeat.byteCountMax + 1) == nil)
  }

  @Test func theClientsTextShowsWhatBroke() {
    var broken = SampleReports.session.body
    let place = broken.firstIndex(of: 0xE4)!
    broken[place] = 0xFF
    #expect(shownText(of: SampleReports.session.body, as: .events) == "你好!")
    let shown = shownText(of: broken, as: .events)
    #expect(shown.contains("\u{FFFD}") && shown.hasSuffix("好!"), "\(shown)")
  }

  @Test func theByteViewAlignsBothLanes() {
    let sent = Array("data: 你好\n\n".utf8)
    var got = sent
    got.remove(at: 8)
    let picture = Evidence(expected: sent, at: 6, received: got, at: 6, cuts: [8]).picture
    #expect(picture.contains(">你<") && picture.contains(">好<"))
    #expect(picture.contains("class=\"gone\">你"), "\(picture)")
    #expect(picture.contains("class=\"new\">E4·"))
    #expect(picture.contains("<s class=\"mark\">^</s>"))
    #expect(picture.contains(">\\n<"))
  }

  /// Behind the end of an excerpt nobody knows what the other lane has.
  @Test func anExcerptsEndIsNoLoss() {
    let sent = Array("id:1\nevent:result\n:HTTP_STATUS/200\ndata:{\"output\":{}}\n\n".utf8)
    let got = Array(sent.map { [$0] }.joined(separator: [0x0A]))
    let picture = Evidence(expected: sent, at: 1, received: got, at: 1, cuts: []).picture
    #expect(picture.contains("class=\"new\""))
    #expect(!picture.contains("class=\"gone\""), "\(picture)")
    // What did end is a loss.
    let short = Evidence(expected: sent, at: 5, received: Array(sent[..<5]), at: 5, cuts: [])
    #expect(short.picture.contains("class=\"gone\">e<"))
  }

  @Test func aTextThatCameAsItWasSentIsShownOnce() throws {
    var seen = Observation(
      status: 200, fields: Fields(), body: SampleReports.session.body, ending: .complete,
      breach: nil, requests: [], delay: nil, leftConnections: 0)
    let whole = Expectation.whole(SampleReports.session)
    #expect(Portrait(seen, whole).textPicture.contains("as it was sent"))
    seen.body = Array(seen.body.dropFirst(60))
    let picture = Portrait(seen, whole).textPicture
    #expect(picture.contains("<mark>") && !picture.contains("as it was sent"), "\(picture)")
  }

  /// Of a target the steps are taken by the clock.
  @Test func theStepsOfATargetRiseToo() throws {
    var settings = TargetSettings()
    settings.isDirect = true
    let recording = Recording(source: "a test", session: SampleReports.session)
    let options = TargetRunOptions(
      settings: settings, recordings: [("sample.jsonl", recording)], seed: 1, environment: [:])
    var stage = try TargetStage(settings, environment: [:])
    defer { stage.stop() }
    let delivery = Delivery(SampleReports.session, try Plan("cuts=events"))
    let seen = try TargetTrial(options.recordings[0].recording.session, settings)
      .run(try Plan("cuts=events"), delivery, on: &stage)
    let moments = seen.observation.moments
    #expect(moments.count >= delivery.fragmentEnds.count)
    for (one, next) in zip(moments, moments.dropFirst()) {
      #expect(one.time <= next.time && one.written <= next.written)
      #expect(one.sent <= next.sent && one.received <= next.received)
    }
    #expect(moments.last?.sent == SampleReports.session.body.count)
    #expect(moments.last?.received == SampleReports.session.body.count)
    let picture = Portrait(seen.seen, seen.expectation, moments: moments).waterfall(around: 0)
    #expect(picture.contains("class=\"down\"") && picture.contains(" ms</td>"))
  }

  @Test func anInterruptedRunIsNoPass() async throws {
    var report = try await SampleReports.run("embedded", .one(Plan()))
    report.interrupted = true
    #expect(report.verdict == .interrupted)
    let page = report.page(command: SampleReports.command)
    #expect(page.html.contains("<h1>Interrupted: nothing had failed after 1 plan</h1>"))
    #expect(page.html.contains("<header class=\"warning\">"))
    #expect(page.markdown.contains("replay: INTERRUPTED"))
    #expect(!report.summary(.plain).contains("single cuts"))
    #expect(report.junit(command: SampleReports.command).xml().contains("type=\"interrupted\""))
    var failed = try await SampleReports.run("fragment-lines", .set(.quick))
    failed.interrupted = true
    #expect(failed.verdict == .failed)
    #expect(failed.verdictSentence.hasSuffix("then it was interrupted"))
  }

  @Test func theStepsRiseAndEndWhereTheRunEnds() async throws {
    let report = try await SampleReports.run("fragment-lines", .set(.quick))
    let portrait = try #require(report.parts.first?.smallest?.portrait)
    #expect(portrait.moments.count > 1)
    for (one, next) in zip(portrait.moments, portrait.moments.dropFirst()) {
      #expect(one.time <= next.time && one.written <= next.written)
      #expect(one.sent <= next.sent && one.received <= next.received)
    }
    #expect(portrait.moments.last?.sent == SampleReports.session.body.count)
    #expect(portrait.waterfall(around: 0).contains("class=\"up\""))
    #expect(portrait.sentText == "你好!")
  }

  @Test func thePageHoldsAllPartsAndAsksNobody() async throws {
    let report = try await SampleReports.run("fragment-lines", .set(.quick))
    let defects = try await SampleReports.defects(report, "fragment-lines")
    #expect(!defects.isEmpty)
    let html = report.page(defects.blocks, command: SampleReports.command).html
    for words in [
      "<h1>The proxy ", "What is wrong", "class=\"strip\"", "class=\"bytes\"", "class=\"pair\"",
      "class=\"fall\"", "class=\"heat\"", "data-plan=\"", "class=\"filter\"", "data-copy=\"",
      "What is expected where there is a choice", "replay: FAILED",
    ] { #expect(html.contains(words), "the page lacks \(words)") }
    for words in ["http://", "https://", "src=", "@import", "url("] {
      #expect(!html.contains(words), "the page would fetch something: \(words)")
    }
    for tag in ["div", "span", "article", "details", "section", "table", "s", "i", "b"] {
      let opened =
        html.components(separatedBy: "<\(tag)>").count
        + html.components(separatedBy: "<\(tag) ").count
      #expect(opened - 1 == html.components(separatedBy: "</\(tag)>").count, "\(tag)")
    }
  }

  /// A recording may hold anything: nothing of it becomes markup.
  @Test func textsOfARecordingAreNoMarkup() async throws {
    var session = SampleReports.session
    session.name = "<script>alert(1)</script>"
    session.body = Array("data: </pre><script>x</script>\"'\n\ndata: b\n\n".utf8)
    session.fragments = [.init(end: session.body.count, milliseconds: 0)]
    let recording = Recording(source: "a test", session: session)
    let options = CoreRunOptions(
      recordings: [("<b>.jsonl", recording)], plans: .set(.quick), stages: [.simulated], seed: 1)
    let report = try await report(
      options, core: CoreChoice(named: "fragment-lines").type, subject: "<u>"
    ) { _, _ in }
    #expect(report.failureCount > 0)
    let html = report.page(command: SampleReports.command).html
    #expect(html.components(separatedBy: "<script>").count == 2)
    #expect(!html.contains("<u>") && !html.contains("<b>"))
  }

  @Test func numbersReadWell() {
    #expect(PageParts.grouped(113_688) == "113,688")
    #expect(PageParts.grouped(999) == "999")
    #expect(PageParts.grouped(-1_000) == "-1,000")
    #expect(PageParts.percent(1, of: 3) == "33.33%")
    #expect(PageParts.percent(1, of: 0) == "100.00%")
    #expect(PageParts.count(1, "plan") == "1 plan")
    #expect(PageParts.sparkline([1], label: "") == "")
  }

  /// The verdict is the head, the worst recording stands first, and what few ask for is folded at the end.
  @Test func theWorstStandsFirstAndThePolicyLast() async throws {
    let failed = try #require(
      try await SampleReports.run("fragment-lines", .set(.quick)).parts.first)
    let passed = try await SampleReports.run("embedded", .set(.quick))
    var some = failed
    for index in some.stages.indices { some.stages[index].failureCount = 1 }
    var report = passed
    report.parts += [some, failed]
    for (index, name) in ["right", "harmed", "worst"].enumerated() {
      report.parts[index].name = name
    }
    let html = report.page(command: SampleReports.command).html
    var rest = html[...]
    for words in [
      "<h1>The proxy ", "class=\"filter\"", ">worst", ">harmed", ">right", "<h2>Results</h2>",
      "<details", "What is expected where there is a choice", "</main>",
    ] {
      let place = try #require(rest.range(of: words), "\(words) does not stand there")
      rest = rest[place.upperBound...]
    }
  }

  /// A row for each check that broke, a column for each proxy, and what it adds as a line.
  @Test func aGridIsAMatrix() async throws {
    let good = ["ours", "1", "bytes", "yes", "yes", "yes", "yes", "yes", "pass", ""]
    var bad = good
    (bad[0], bad[3], bad[8]) = ("theirs", "no: lost, 3 plans", "3 of 9 plans fail")
    var columns = try [GridPageTests.column(good), GridPageTests.column(bad)]
    guard case .ran(var report) = columns[1].result else {
      Issue.record("nothing ran")
      return
    }
    report.parts[0].stages[0].target?.checkCounts = [.blocks: 3]
    report.parts[0].stages[0].target?.notes.delays = Delays([1_000, 2_000, 9_000])
    columns[1].result = .ran(report)
    let html = try await GridPageTests.report(columns).page(invocation: "replay").html
    #expect(html.contains("<th>check</th><th>theirs</th><th>ours</th>"))
    #expect(html.contains("title=\"3 of 9 plans\">✗ 3</td><td class=\"arrived\" title=\"holds\">✓"))
    #expect(html.contains("median 2 ms, 99 % below 9 ms\"><title>delays, sorted: median 2 ms"))
    #expect(html.contains("points=\"0,20 50,18 100,2\""))
    #expect(html.contains("<h1>Grid: 2 of 2 judged: 1 passes, 1 has defects</h1>"))
  }

  @Test func aProofIsATriangle() async throws {
    let proof = await prove(SampleReports.session, at: .relay, options: ProofOptions(window: 8))
    #expect(proof.picture.contains("pieces are at most 8 bytes"))
    var report = ProofReport()
    report.rows = [
      .init(
        path: "a.jsonl", name: "a", found: proof, seconds: 0.1, refutation: nil, reproduce: "r")
    ]
    #expect(report.verdict == "PROVEN")
    #expect(report.faces.page.html.contains("<svg viewBox"))
    report.rows[0].refutation = "REFUTED a"
    #expect(report.verdict == "REFUTED")
    #expect(report.faces.junit.xml().contains("failures=\"1\""))
  }
}
