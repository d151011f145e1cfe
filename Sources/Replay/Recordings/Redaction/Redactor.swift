// Removes secrets from a session before it is written. It finds values by their names, tokens by their
// shape, matches of the user's patterns, and every other place where a found value occurs again: an error
// that repeats the key, an id that is in a field and in the body. In a body each byte of a secret is
// replaced by one filler byte, so lengths, borders and JSON stay as they were.

internal import Foundation
package import MockQwen
internal import Terminal
internal import Wire

/// Removes secrets from sessions.
package struct Redactor: Hashable, Sendable {
  /// A secret that was found.
  package struct Finding: Hashable, Sendable {
    package enum Part: Hashable, Sendable {
      case requestTarget, requestField, requestBody, statusLine, responseField
      /// In the response body, at this byte offset; for a coded body, in its decoded content.
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

  /// `patterns` are regular expressions in Swift's syntax. Throws `UsageError` for an invalid one.
  package init(patterns: [String]) throws {
    for pattern in patterns {
      guard (try? Regex(pattern)) != nil else {
        throw UsageError("--redact: '\(pattern)' is not a regular expression")
      }
    }
    self.patterns = patterns
    takesIDs = true
  }

  /// Removes the secrets from `session`, and returns them.
  @discardableResult
  package func redact(_ session: inout Session) -> [Finding] {
    guard var decoded = session.withDecodedBody else { return redactPlain(&session) }
    let body = decoded.body
    let findings = redactPlain(&decoded)
    if decoded.body == body {
      (decoded.body, decoded.fragments) = (session.body, session.fragments)
    } else {
      decoded.encode()
    }
    session = decoded
    return findings
  }

  /// The same for a session whose bodies are not coded.
  private func redactPlain(_ session: inout Session) -> [Finding] {
    var work = RedactionWork(takesIDs: takesIDs, regexes: patterns.compactMap { try? Regex($0) })
    work.takeNamed(&session.request.fields, .requestField)
    work.takeNamed(&session.response.fields, .responseField)
    var bytes = Array(session.request.target.utf8)
    work.takeQuery(&bytes, .requestTarget)
    work.takeForm(&session.request.body, .requestBody)
    var target = RedactionWork.Part(bytes)
    var reason = RedactionWork.Part(Array(session.response.reason.utf8))
    var request = RedactionWork.Part(session.request.body)
    var response = RedactionWork.Part(session.body)
    var requestFields = session.request.fields.list.map { RedactionWork.Part(Array($0.value.utf8)) }
    var responseFields = session.response.fields.list.map {
      RedactionWork.Part(Array($0.value.utf8))
    }
    work.learn(from: &target)
    work.learn(from: &reason)
    work.learn(from: &request)
    work.learn(from: &response)
    for index in requestFields.indices { work.learn(from: &requestFields[index]) }
    for index in responseFields.indices { work.learn(from: &responseFields[index]) }
    work.sortKnown()
    work.take(&target) { _ in .requestTarget }
    work.take(&request) { _ in .requestBody }
    work.take(&reason) { _ in .statusLine }
    work.take(&response) { .body($0) }
    session.request.target = String(decoding: target.bytes, as: UTF8.self)
    session.response.reason = String(decoding: reason.bytes, as: UTF8.self)
    session.request.body = request.bytes
    session.body = response.bytes
    for (index, var part) in requestFields.enumerated() {
      work.take(&part) { _ in .requestField }
      session.request.fields.list[index].value = String(decoding: part.bytes, as: UTF8.self)
    }
    for (index, var part) in responseFields.enumerated() {
      work.take(&part) { _ in .responseField }
      session.response.fields.list[index].value = String(decoding: part.bytes, as: UTF8.self)
    }
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

extension Redactor {
  /// How much was redacted where, for a person: `redacted 3: 1 in request fields, 2 in the answer`.
  package static func summary(of findings: [Finding]) -> String {
    guard !findings.isEmpty else { return "nothing redacted" }
    let names: [(name: String, holds: (Finding.Part) -> Bool)] = [
      ("the target", { $0 == .requestTarget }), ("request fields", { $0 == .requestField }),
      ("the request body", { $0 == .requestBody }), ("the status line", { $0 == .statusLine }),
      ("response fields", { $0 == .responseField }),
      ("the answer", { if case .body = $0 { true } else { false } }),
    ]
    let list = names.compactMap { name, holds -> String? in
      let count = findings.count { holds($0.part) }
      return count > 0 ? "\(count) in \(name)" : nil
    }
    return "redacted \(findings.count): \(list.joined(separator: ", "))"
  }
}
