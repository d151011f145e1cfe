// Takes secrets out of a session before it is written. Found are values under telling names, tokens by
// their shape, what the user's patterns match, and every other place at which a value that was found
// stands again: an error that repeats the key, an id that is in a field and in the body. In a body each
// byte of a secret gives way to one filler byte, so that lengths, borders and JSON stay as they were.

internal import Foundation
package import MockQwen
internal import Terminal
internal import Wire

/// Takes secrets out of sessions.
package struct Redactor: Hashable, Sendable {
  /// A secret that was found.
  package struct Finding: Hashable, Sendable {
    package enum Part: Hashable, Sendable {
      case request, responseHead
      /// In the response body, at this offset.
      case body(Int)
    }

    package var part: Part
    package var kind: String
  }

  private let patterns: [String]
  private let takesIDs: Bool

  /// - Parameter takesIDs: Whether ids of requests and accounts count as secrets.
  package init(takesIDs: Bool = true) {
    patterns = []
    self.takesIDs = takesIDs
  }

  /// `patterns` are regular expressions as Swift reads them. Throws `UsageError`.
  package init(patterns: [String]) throws {
    for pattern in patterns {
      guard (try? Regex(pattern)) != nil else {
        throw UsageError("--redact: '\(pattern)' is no regular expression")
      }
    }
    self.patterns = patterns
    takesIDs = true
  }

  /// Takes the secrets out of `session`, and tells what they were.
  @discardableResult
  package func redact(_ session: inout Session) -> [Finding] {
    var work = RedactionWork(takesIDs: takesIDs, regexes: patterns.compactMap { try? Regex($0) })
    work.takeNamed(&session.request.fields, .request)
    work.takeNamed(&session.response.fields, .responseHead)
    var target = Array(session.request.target.utf8)
    work.takeQuery(&target)
    let request = BodyViews(session.request.body)
    let response = BodyViews(session.body)
    let plain = BodyViews(texts: [TextView(target)], strings: [], named: [])
    for views in [request, response, plain] { work.learn(from: views) }
    work.take(&session.request.body, request) { _ in .request }
    work.take(&session.body, response) { .body($0) }
    work.take(&target, plain) { _ in .request }
    session.request.target = String(decoding: target, as: UTF8.self)
    work.takeValues(&session.request.fields, .request)
    work.takeValues(&session.response.fields, .responseHead)
    return work.findings
  }

  /// The body of a request as a recording shows it.
  func redactedBody(of request: Session.Request) -> [UInt8] {
    var session = Session(
      name: "", request: request, response: ResponseHead(status: 200), framing: .length, body: [],
      fragments: [], ending: .complete)
    redact(&session)
    return session.request.body
  }
}
