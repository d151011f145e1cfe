// JUnit XML for Jenkins' schema (junit-10.xsd of the xunit plugin): times with three decimals, a time
// stamp and a host for each suite, a type for each failure, and no attribute outside the schema. GitHub's
// actions read the same; GitLab gets links too, which that schema refuses. One writer for all commands.

internal import Foundation
internal import Terminal

/// Test suites.
struct JUnit: Hashable, Sendable {
  enum Outcome: Hashable, Sendable {
    case passed
    case skipped(String)
    /// A check failed: its name, the first words and the rest.
    case failed(type: String, message: String, text: String)
    /// The case could not be run.
    case error(type: String, message: String, text: String)
  }

  struct Case: Hashable, Sendable {
    var group: String
    var name: String
    var seconds: Double = 0
    /// The file of the case.
    var file: String?
    var outcome = Outcome.passed

    /// The case that stands for everything that did not run after an interruption.
    static func interrupted(_ group: String) -> Case {
      Case(
        group: group, name: "complete",
        outcome: .error(
          type: "interrupted", message: "the run was interrupted", text: "not all of it was run"))
    }
  }

  struct Suite: Hashable, Sendable {
    var name: String
    var cases: [Case]
    var seconds: Double
    /// Facts about the run, such as its seed.
    var properties: [(name: String, value: String)] = []

    static func == (left: Suite, right: Suite) -> Bool {
      left.name == right.name && left.cases == right.cases && left.seconds == right.seconds
    }

    func hash(into hasher: inout Hasher) { hasher.combine(name) }
  }

  var suites: [Suite]
  /// Whether cases name their files, which GitLab links to and Jenkins' schema refuses.
  var hasLinks = false
  /// Another report that belongs to this one, which GitLab shows beside it; nil for none.
  var attachment: String?

  /// The document. `now` is the time of the stamp.
  func xml(now: Date = Date(), host: String = ProcessInfo.processInfo.hostName) -> String {
    let stamp = now.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: false))
      .replacing("Z", with: "")
    let texts = suites.map { suite in
      let cases = suite.cases.map { text($0) }
      return """
        <testsuite name="\(attribute(suite.name))" \(Self.counts(suite.cases)) \
        time="\(Self.time(suite.seconds))" timestamp="\(stamp)" hostname="\(attribute(host))">
        \(properties(suite))\(cases.joined(separator: "\n"))
        \(attachment.map { "  <system-out>[[ATTACHMENT|\(markup($0))]]</system-out>\n" } ?? "")</testsuite>
        """
    }
    let cases = suites.flatMap(\.cases)
    let seconds = suites.reduce(0) { $0 + $1.seconds }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="replay" \(Self.totals(cases)) time="\(Self.time(seconds))">
      \(texts.joined(separator: "\n"))
      </testsuites>

      """
  }

  private func properties(_ suite: Suite) -> String {
    guard !suite.properties.isEmpty else { return "" }
    let lines = suite.properties.map {
      "    <property name=\"\(attribute($0.name))\" value=\"\(attribute($0.value))\"/>\n"
    }
    return "  <properties>\n" + lines.joined() + "  </properties>\n"
  }

  private func text(_ one: Case) -> String {
    let file = hasLinks ? one.file.map { " file=\"\(attribute($0))\"" } ?? "" : ""
    let open =
      "  <testcase classname=\"\(attribute(one.group))\" name=\"\(attribute(one.name))\" "
      + "time=\"\(Self.time(one.seconds))\"\(file)"
    switch one.outcome {
    case .passed: return open + "/>"
    case .skipped(let reason):
      return "\(open)>\n    <skipped message=\"\(attribute(reason))\"/>\n  </testcase>"
    case .failed(let type, let message, let text):
      return element("failure", type, message, text, in: open)
    case .error(let type, let message, let text):
      return element("error", type, message, text, in: open)
    }
  }

  private func element(
    _ name: String, _ type: String, _ message: String, _ text: String, in open: String
  ) -> String {
    """
    \(open)>
        <\(name) type="\(attribute(type))" message="\(attribute(message))">\(markup(text))</\(name)>
      </testcase>
    """
  }

  /// A text in an attribute, where a line end would become a blank.
  private func attribute(_ text: String) -> String { markup(text).replacing("\n", with: "&#10;") }

  private static func counts(_ cases: [Case]) -> String {
    let skipped = cases.count { if case .skipped = $0.outcome { true } else { false } }
    return "\(totals(cases)) skipped=\"\(skipped)\""
  }

  private static func totals(_ cases: [Case]) -> String {
    let failures = cases.count { if case .failed = $0.outcome { true } else { false } }
    let errors = cases.count { if case .error = $0.outcome { true } else { false } }
    return "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\""
  }

  /// Seconds with three decimals.
  private static func time(_ seconds: Double) -> String {
    let thousandths = Int((max(seconds, 0) * 1_000).rounded())
    let rest = String(thousandths % 1_000)
    return "\(thousandths / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }
}
