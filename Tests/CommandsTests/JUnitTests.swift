// JUnit as Jenkins' schema takes it: the attributes that it requires, in the forms that it requires.

import Foundation
import Testing

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
    let xml = Self.sample.xml(now: Date(timeIntervalSince1970: 0), host: "here")
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
