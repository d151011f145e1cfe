// The rules of Jenkins' schema for JUnit reports (junit-10.xsd of the xunit plugin) as a table: which
// element stands in which, with which attributes. `xmllint --schema` with the schema itself was run by
// hand over a report of each command; this table holds the same in every test run.

import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What breaks the schema in a document.
enum JUnitRules {
  private struct Element {
    var required: Set<String> = []
    var optional: Set<String> = []
    var children: Set<String> = []
    var hasText = false
  }

  private static let outcome = Element(optional: ["type", "message"], hasText: true)

  private static let elements: [String: Element] = [
    "testsuites": Element(
      optional: ["name", "time", "tests", "failures", "errors"], children: ["testsuite"]),
    "testsuite": Element(
      required: ["name", "tests", "failures", "errors"],
      optional: [
        "group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url",
      ],
      children: ["testsuite", "properties", "testcase", "system-out", "system-err"]),
    "properties": Element(children: ["property"]),
    "property": Element(required: ["name", "value"]),
    "testcase": Element(
      required: ["name"], optional: ["time", "classname", "group"],
      children: ["skipped", "error", "failure", "system-out", "system-err"]),
    "failure": outcome, "error": outcome, "skipped": outcome,
    "system-out": Element(hasText: true), "system-err": Element(hasText: true),
  ]

  /// Each breach in a few words; empty for a document that the schema takes.
  static func breaches(_ xml: String) -> [String] {
    let reader = Reader()
    let parser = XMLParser(data: Data(xml.utf8))
    parser.delegate = reader
    if !parser.parse() || !reader.open.isEmpty {
      reader.breaches.append("no XML: \(parser.parserError.map { "\($0)" } ?? "")")
    }
    return reader.breaches
  }

  private final class Reader: NSObject, XMLParserDelegate {
    var breaches: [String] = []
    private(set) var open: [String] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String] = [:]
    ) {
      defer { open.append(name) }
      guard let rule = JUnitRules.elements[name] else { return breaches.append("unknown: \(name)") }
      let place = open.last ?? ""
      let stands =
        place.isEmpty
        ? ["testsuites", "testsuite"].contains(name)
        : JUnitRules.elements[place]?.children.contains(name) == true
      if !stands { breaches.append("\(name) stands in \(place)") }
      let names = Set(attributes.keys)
      for lacking in rule.required.subtracting(names).sorted() {
        breaches.append("\(name) lacks \(lacking)")
      }
      for more in names.subtracting(rule.required).subtracting(rule.optional).sorted() {
        breaches.append("\(name) has \(more)")
      }
      if let time = attributes["time"], time.wholeMatch(of: /[0-9]+\.[0-9]{3}/) == nil {
        breaches.append("time is '\(time)'")
      }
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
      let isBlank = text.allSatisfy(\.isWhitespace)
      if !isBlank, JUnitRules.elements[open.last ?? ""]?.hasText != true {
        breaches.append("text stands in \(open.last ?? "")")
      }
    }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) { _ = open.popLast() }
  }
}
