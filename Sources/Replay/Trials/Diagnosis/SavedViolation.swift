package import Judging

/// A violation as it stands in a JSON report.
package struct SavedViolation: Hashable, Sendable, Codable {
  package var check: String
  package var name: String
  package var detail: String
  package var bodyOffset: Int?
  package var receivedOffset: Int?
  /// The ids of the bug classes that it can come from; absent where nobody asked.
  package var classes: [String]?

  package init(_ violation: Violation, classes: [String]? = nil) {
    (check, name, detail) = (violation.check.rawValue, violation.name, violation.detail)
    (bodyOffset, receivedOffset) = (violation.bodyOffset, violation.receivedOffset)
    self.classes = classes
  }

  /// Nil when there is no such check.
  var violation: Violation? {
    Check(rawValue: check).map {
      Violation(
        check: $0, name: name, detail: detail, bodyOffset: bodyOffset,
        receivedOffset: receivedOffset)
    }
  }
}
