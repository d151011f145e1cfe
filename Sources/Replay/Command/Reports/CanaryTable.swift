// The results of the canaries, for a person and for programs.

internal import Canaries
internal import Foundation
internal import Judging
internal import MockQwen
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

extension CanaryReport {
  /// The table: a line for each canary.
  var table: Table {
    var table = Table(header: ["", "class", "canary", "caught by", "plans"])
    table.leftColumns = [1, 2, 3]
    table.rows = canaries.map { result in
      let number = BugClass.named(result.canary.bugClass).map { "\($0.number)" } ?? "?"
      let (text, tone): (String, Table.Tone) =
        switch result.detection {
        case .caught: (result.check?.rawValue ?? "", .plain)
        case .caughtElsewhere: ("NOT BY ITS CHECK", .bad)
        case .lives: ("LIVES", .bad)
        }
      return [
        .init(number), .init(result.canary.bugClass), .init(result.canary.name), .init(text, tone),
        .init("\(result.seen.count)"),
      ]
    }
    return table
  }

  var verdict: Verdict { holds ? (isInterrupted ? .interrupted : .passed) : .failed }

  /// What went wrong, a few lines each; then the verdict.
  func summary(_ console: Console) -> String {
    var lines = canaries.compactMap(\.complaint)
    for good in goodProxies where !good.failures.isEmpty {
      lines.append(
        "FAILED the \(good.name), which is right: \(good.failures.count) of \(good.planCount)")
      lines += good.failures.prefix(3).map { "  \($0)" }
    }
    let caught = canaries.count { $0.detection == .caught }
    let verdict = console.paint(verdict.rawValue, passed ? .green : holds ? .yellow : .red)
    let shown = Set(canaries.map(\.canary.bugClass)).count
    lines.append(
      "\(verdict)  \(caught) of \(canaries.count) canaries caught, for \(shown) of "
        + "\(BugClass.all.count) bug classes, in \(timeText(seconds))")
    for good in goodProxies where good.failures.isEmpty {
      lines.append("the \(good.name), which is correct, passes \(counted(good.planCount, "plan"))")
    }
    if !Canary.notApplicable.isEmpty {
      lines.append("not applicable:")
      lines += Canary.notApplicable.map { "  \($0.bugClass): \($0.reason)" }
    }
    lines.append(classes.line)
    return lines.joined(separator: "\n")
  }

  /// The report as JSON, schema `qwen-replay.report.v1`.
  func json() throws -> Data {
    let document = Document(
      version: version, verdict: verdict.rawValue, passed: passed,
      interrupted: isInterrupted ? true : nil, seconds: seconds,
      bugClasses: classes.ids,
      notApplicable: Dictionary(uniqueKeysWithValues: Canary.notApplicable.map { ($0, $1) }),
      canaries: canaries.map { result in
        Document.Entry(
          bugClass: result.canary.bugClass, canary: result.canary.name,
          verdict: "\(result.detection)", check: result.check?.rawValue,
          plan: result.plan?.description, plansTried: result.seen.count, detail: result.detail)
      },
      goodProxies: goodProxies.map {
        Document.Good(name: $0.name, planCount: $0.planCount, failures: $0.failures)
      })
    return try reportData(document)
  }

  func faces(_ invocation: String) -> ReportFaces {
    let cases = canaries.map { result in
      let complaint = result.complaint
      return JUnit.Case(
        group: "replay.canaries", name: result.canary.name,
        outcome: complaint.map {
          .failed(type: "\(result.detection)", message: $0.replacing("\n", with: " "), text: $0)
        } ?? .passed)
    }
    let good = goodProxies.map { good in
      JUnit.Case(
        group: "replay.canaries", name: good.name,
        outcome: good.failures.first.map {
          .failed(type: "FAILED", message: $0, text: good.failures.joined(separator: "\n"))
        } ?? .passed)
    }
    let caught = canaries.count { $0.detection == .caught }
    var page = ReportPage(
      title: "replay canaries: \(verdict.rawValue)", table: table,
      lines: summary(.plain).split(separator: "\n").map(String.init), blocks: [])
    page.sentence = "\(caught) of \(canaries.count) proxies that are wrong on purpose were caught"
    page.tone = verdict.tone
    return ReportFaces(
      json: json,
      junit: JUnit(suites: [
        .init(
          name: "replay.canaries",
          cases: cases + good + (isInterrupted ? [.interrupted("replay.canaries")] : []),
          seconds: seconds)
      ]),
      page: page)
  }

  private struct Document: Encodable {
    struct Entry: Encodable {
      var bugClass: String
      var canary: String
      var verdict: String
      var check: String?
      var plan: String?
      var plansTried: Int
      var detail: String
    }
    struct Good: Encodable {
      var name: String
      var planCount: Int
      var failures: [String]
    }

    var schema = "qwen-replay.report.v1"
    var kind = "canaries"
    var version: String
    var verdict: String
    var passed: Bool
    var interrupted: Bool?
    var seconds: Double
    /// The ids of the bug classes that were exercised.
    var bugClasses: [String]
    var notApplicable: [String: String]
    var canaries: [Entry]
    var goodProxies: [Good]
  }
}

extension CanaryResult {
  /// What this canary shows to be wrong with the checks; nil when it was caught.
  fileprivate var complaint: String? {
    let names = named.map(\.rawValue).joined(separator: ", ")
    switch detection {
    case .caught: return nil
    case .lives:
      return
        "LIVES \(canary.name): no check sees anything in \(seen.count) plans; expected \(names)"
    case .caughtElsewhere:
      let others = Set(seen.flatMap { $0 }).map(\.rawValue).sorted().joined(separator: ", ")
      return "NOT BY ITS CHECK \(canary.name): seen by \(others), expected \(names)\n  \(detail)"
    }
  }
}
