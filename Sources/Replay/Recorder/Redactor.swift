internal import MockQwen

package struct Redactor: Sendable {
  package init() {}
  package init(patterns: [String]) throws {}
  func redact(_ session: inout Session) {}
  func redactedBody(of request: Session.Request) -> [UInt8] { request.body }
}
