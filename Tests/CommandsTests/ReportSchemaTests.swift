// Every JSON report keeps the published schema, and a document that does not is refused.

import Foundation
import MockQwen
import TestSupport
import Testing

@testable import Canaries
@testable import Commands
@testable import Recordings
@testable import Terminal
@testable import Trials

@Suite struct ReportSchemaTests {
  private func expectValid(_ data: Data, _ kind: String, _ verdict: String) throws {
    let breaches = try JSONSchema.named("report.schema.json").breaches(data)
    #expect(breaches.isEmpty, "\(breaches)")
    let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    #expect(object?["kind"] as? String == kind)
    #expect(object?["verdict"] as? String == verdict)
  }

  @Test func ofRuns() async throws {
    let failed = try await SampleReports.run("fragment-lines", .set(.quick))
    let defects = try await SampleReports.defects(failed, "fragment-lines").blocks
    #expect(!defects.isEmpty)
    try expectValid(failed.json(defects, command: SampleReports.command), "run", "FAILED")
    var passed = try await SampleReports.run("embedded", .one(Plan()))
    try expectValid(passed.json(command: SampleReports.command), "run", "PASSED")
    passed.interrupted = true
    let data = try passed.json(command: SampleReports.command)
    try expectValid(data, "run", "INTERRUPTED")
    #expect(String(decoding: data, as: UTF8.self).contains("\"interrupted\" : true"))
  }

  /// What was measured of a target stands in each report that programs read.
  @Test func ofRunsUnderLoad() async throws {
    var run = try await SampleReports.run("embedded", .one(Plan()))
    var (figures, shape) = (TargetFigures(), LoadFigure(clients: 4, isInstant: true))
    (shape.sessions, shape.failed, shape.breaches) = (256, 3, ["end FALSE END": 3])
    figures.notes.load = [shape]
    figures.notes.delays = Delays([200_000, 210_000])
    run.parts[0].stages[0].target = figures
    let data = try run.json(command: SampleReports.command)
    try expectValid(data, "run", "PASSED")
    let text = String(decoding: data, as: UTF8.self)
    for word in ["\"clients\" : 4", "\"upstream\" : \"at once\"", "\"median\" : 210000"] {
      #expect(text.contains(word), "\(text)")
    }
    let xml = run.junit(command: SampleReports.command).xml()
    let line = "name=\"\(shape.shape)\" value=\"3 of 256 sessions failed (0.4 to 3.4 %)"
    #expect(xml.contains(line) && xml.contains("name=\"added delay\""), "\(xml)")
  }

  @Test func ofFuzzRuns() async throws {
    var options = FuzzOptions(sessions: [SampleReports.session], seed: 1)
    options.casesMax = 60
    options.core = try CoreChoice(named: "line-handler")
    let report = try await Fuzzer(options).run().report
    #expect(report.failureCount > 0)
    try expectValid(report.json(), "fuzz", "FAILED")
    let run = try await SampleReports.run("line-handler", .set(.quick))
    let defects = try await SampleReports.defects(run, "line-handler")
    let diagnosed = try report.faces(defects).json()
    try expectValid(diagnosed, "fuzz", "FAILED")
    #expect(try JSONDecoder().decode(FuzzReport.self, from: diagnosed).failures == report.failures)
    let object = try JSONSerialization.jsonObject(with: diagnosed) as? [String: Any]
    #expect((object?["defects"] as? [Any])?.count == defects.defects.count)
    let page = report.faces().page.html
    #expect(page.contains("What is wrong") && page.contains("What was exercised"))
    #expect(report.faces().junit.xml().contains("classname=\"replay.fuzz\""))
    var ended = report
    (ended.failureCount, ended.failures, ended.interrupted) = (0, [], true)
    try expectValid(ended.json(), "fuzz", "INTERRUPTED")
    #expect(ended.faces().page.html.contains("<h1>Interrupted: "))
  }

  @Test func ofProofsAndSavedFailures() async throws {
    let proof = await prove(SampleReports.session, at: .relay, options: ProofOptions(window: 4))
    var report = ProofReport()
    report.rows = [
      .init(
        path: "a.jsonl", name: "a", found: proof, seconds: 1, refutation: nil, reproduce: "")
    ]
    try expectValid(report.faces.json(), "prove", "PROVEN")
    var again = AgainReport()
    again.rows = [.init(path: "c.json", status: .failed, words: "blocks LOST", seconds: 0.5)]
    try expectValid(again.faces("replay").json(), "again", "FAILED")
    #expect(again.faces("replay").page.html.contains("replay again c.json"))
    again.isInterrupted = true
    again.rows[0].status = .fixed
    try expectValid(again.faces("replay").json(), "again", "INTERRUPTED")
  }

  @Test func ofCanaries() throws {
    let report = CanaryReport(canaries: [], goodProxies: [], seconds: 0)
    try expectValid(report.json(), "canaries", "PASSED")
    let part = CanaryReport(canaries: [], goodProxies: [], seconds: 0, isInterrupted: true)
    try expectValid(part.json(), "canaries", "INTERRUPTED")
  }

  /// The schema must be able to fail.
  @Test(arguments: [
    ("{}", "lacks kind"),
    (#"{"schema":"other","kind":"run","version":"1","verdict":"PASSED"}"#, "is not"),
    (
      #"{"schema":"qwen-replay.report.v1","kind":"again","version":"1","verdict":"FIXED","passed":true,"seconds":-1,"files":[]}"#,
      "below 0"
    ),
    (
      #"{"schema":"qwen-replay.report.v1","kind":"again","version":"1","verdict":"FINE","passed":true,"seconds":1,"files":[]}"#,
      "not listed"
    ),
  ])
  func aWrongDocumentIsRefused(_ text: String, _ words: String) throws {
    let breaches = try JSONSchema.named("report.schema.json").breaches(Data(text.utf8))
    #expect(breaches.contains { $0.contains(words) }, "\(breaches)")
  }

  @Test func aConfigKeepsItsSchema() throws {
    let schema = try JSONSchema.named("config.schema.json")
    let good = #"{"schema":"qwen-replay.config.v1","plans":"quick","targets":[{"launch":"x"}]}"#
    #expect(try schema.breaches(Data(good.utf8)).isEmpty)
    #expect(try !schema.breaches(Data(#"{"schema":"qwen-replay.config.v1","x":1}"#.utf8)).isEmpty)
    // The reader and the schema know the same keys.
    let text = try JSONSerialization.jsonObject(
      with: Data(
        contentsOf: URL(filePath: Fixtures.recordings).appending(path: "../docs/config.schema.json")
      ))
    let properties = (text as? [String: Any])?["properties"] as? [String: Any]
    #expect(properties?.keys.sorted() == ConfigFile.keys.sorted())
  }
}
