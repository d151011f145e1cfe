// JUnit as Jenkins' schema takes it: the attributes that it requires, in the forms that it requires.

import Foundation
import MockQwen
import Testing

@testable import Canaries
@testable import Commands
@testable import Trials

@Suite struct JUnitTests {
  static let sample = JUnit(
    suites: [
      .init(
        name: "replay",
        cases: [
          .init(group: "g", name: "a<b", seconds: 1.23456, file: "a.jsonl"),
          .init(group: "g", name: "s", outcome: .skipped("why \"not\"")),
          .init(
            group: "g", name: "f",
            outcome: .failed(type: "blocks LOST", message: "one\ntwo", text: "<x>\u{1}")),
          .init(group: "g", name: "e", outcome: .error(type: "t", message: "m", text: "")),
        ], seconds: 61.0004, properties: [("seed", "1")])
    ])

  @Test func theDocumentIsAsTheSchemaHasIt() {
    var sample = Self.sample
    sample.hasLinks = true
    let xml = sample.xml(now: Date(timeIntervalSince1970: 0), host: "here")
    #expect(
      xml.contains(
        "<testsuite name=\"replay\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" "
          + "time=\"61.000\" timestamp=\"1970-01-01T00:00:00\" hostname=\"here\">"), "\(xml)")
    #expect(xml.contains("name=\"a&lt;b\" time=\"1.235\" file=\"a.jsonl\"/>"))
    #expect(xml.contains("<skipped message=\"why &quot;not&quot;\"/>"))
    #expect(
      xml.contains("<failure type=\"blocks LOST\" message=\"one&#10;two\">&lt;x&gt;</failure>"))
    #expect(xml.contains("<error type=\"t\" message=\"m\"></error>"))
    #expect(xml.contains("<testsuites name=\"replay\" tests=\"4\" failures=\"1\" errors=\"1\""))
  }

  /// All commands write what the schema takes; links are for GitLab only.
  @Test func everyReportKeepsTheSchema() async throws {
    var options = FuzzOptions(sessions: [SampleReports.session], seed: 1)
    (options.casesMax, options.core) = (40, try CoreChoice(named: "line-handler"))
    let fuzz = try await Fuzzer(options).run().report
    #expect(!fuzz.failures.isEmpty)
    var run = try await SampleReports.run("fragment-lines", .set(.quick))
    run.interrupted = true
    var proof = ProofReport()
    proof.rows = [
      .init(
        path: "a.jsonl", name: "a",
        found: await prove(SampleReports.session, at: .relay, options: ProofOptions(window: 4)),
        seconds: 1, refutation: "REFUTED <a>", reproduce: "")
    ]
    var again = AgainReport()
    again.rows = [.init(path: "c.json", status: .error, words: "why", seconds: 0.5)]
    let grid = try await Self.grid(run)
    for junit in [
      Self.sample, run.junit(command: SampleReports.command), fuzz.faces().junit,
      grid.junit(invocation: "replay"), proof.faces.junit, again.faces("replay").junit,
      CanaryReport(canaries: [], goodProxies: [], seconds: 0).faces("replay").junit,
    ] {
      #expect(JUnitRules.breaches(junit.xml()) == [])
      var linked = junit
      linked.hasLinks = true
      let hasFiles = junit.suites.contains { $0.cases.contains { $0.file != nil } }
      #expect(JUnitRules.breaches(linked.xml()).isEmpty == !hasFiles)
    }
  }

  /// A grid with a target of each outcome.
  private static func grid(_ run: RunReport) async throws -> GridReport {
    let names = ["a <b>", "skipped", "failed"]
    let targets = names.map {
      #"{"name":"\#($0)","url":"http://127.0.0.1:1","listen":"127.0.0.1:2"}"#
    }
    let file = try await GridFileTests.read(
      #"{"schema":"qwen-replay.grid.v1","recordings":["a.jsonl"],"targets":["#
        + targets.joined(separator: ",") + "]}")
    let results: [GridReport.Result] = [
      .ran(run), .skipped("nginx is not installed"), .failed(TargetError(description: "no\nport")),
    ]
    let columns = zip(file.targets, results).map { target, result in
      GridReport.Column(target: target, version: "1", known: [], result: result)
    }
    return GridReport(file: file, columns: columns, seconds: 2)
  }

  @Test func theJUnitOfAGridHasASuiteForEachTarget() async throws {
    let grid = try await Self.grid(try await SampleReports.run("fragment-lines", .set(.quick)))
    let suites = grid.junit(invocation: "replay").suites
    #expect(suites.count == 3)
    #expect(suites.map { $0.cases.isEmpty } == [false, false, false])
    guard case .skipped(let reason)? = suites[1].cases.first?.outcome,
      case .error(_, let message, _)? = suites[2].cases.first?.outcome
    else {
      Issue.record("\(suites)")
      return
    }
    #expect(reason == "nginx is not installed")
    #expect(message.contains("no"))
  }

  /// The rules must be able to fail.
  @Test(arguments: [
    ("<testsuites><testsuite/></testsuites>", "testsuite lacks errors"),
    ("<testsuites time=\"1,5s\"></testsuites>", "time is '1,5s'"),
    ("<testsuites><testcase name=\"a\"/></testsuites>", "testcase stands in testsuites"),
    ("<testsuites>words</testsuites>", "text stands in testsuites"),
    ("<testsuites><a></testsuites>", "no XML"),
    (
      "<testsuite name=\"\" tests=\"0\" failures=\"0\" errors=\"0\" line=\"1\"/>",
      "testsuite has line"
    ),
  ])
  func aWrongDocumentIsRefused(_ xml: String, _ words: String) {
    #expect(JUnitRules.breaches(xml).contains { $0.contains(words) }, "\(JUnitRules.breaches(xml))")
  }

  @Test(arguments: [
    (0.0, "0.000"), (0.0004, "0.000"), (0.0006, "0.001"), (12.5, "12.500"), (-1, "0.000"),
  ])
  func timesHaveThreeDecimals(_ seconds: Double, _ text: String) {
    let junit = JUnit(suites: [.init(name: "n", cases: [], seconds: seconds)])
    #expect(junit.xml().contains("time=\"\(text)\""))
  }

  @Test func eachStageHasItsOwnTimeAndFailureItsType() async throws {
    let report = try await SampleReports.run("fragment-lines", .set(.quick))
    let suite = report.junitSuite(named: "replay", command: SampleReports.command)
    let one = try #require(suite.cases.first)
    #expect(one.seconds == report.parts[0].stages[0].seconds && one.seconds > 0)
    #expect(one.file == "sample.jsonl")
    guard case .failed(let type, _, let text) = one.outcome else {
      Issue.record("no failure")
      return
    }
    #expect(type.hasPrefix("blocks ") || type.hasPrefix("bytes "))
    #expect(text.contains("Reproduce with: replay run sample.jsonl --plan '"))
  }

  @Test func anAnnotationNamesTheFragmentsLine() {
    var part = RunReport.Part(
      path: "a.jsonl", name: "a", eventCount: 1, byteCount: 9, stages: [], seconds: 0)
    part.session = SampleReports.session
    #expect(part.line(of: 0) == 2)
    #expect(part.line(of: 20) == 3)
    part.path = "a.sse"
    #expect(part.line(of: 0) == 1)
    let note = Annotation(file: "a,b.jsonl", line: 3, title: "x: y", text: "one\ntwo 100%")
    #expect(
      note.command == "::error file=a%2Cb.jsonl,line=3,title=x%3A y::one%0Atwo 100%25")
  }
}
