// Faults of recordings that reading them does not show: secrets, empty recordings, old ones, and
// duplicates. A finding names its file and its line, so an editor can go there.

internal import Foundation
internal import Judging
internal import MockQwen
internal import Terminal
internal import Wire

/// One fault of a recording file.
package struct LintFinding: Hashable, Sendable, CustomStringConvertible {
  package var file: String
  /// The line in the file, from 1.
  package var line: Int
  package var problem: String

  /// `FILE:LINE: problem`.
  package var description: String { "\(file):\(line): \(problem)" }
}

/// Checks recordings, one after the other.
package struct Lint {
  private let now: Date
  private let daysMax: Int?
  private var seen: [Identity: String] = [:]

  private struct Identity: Hashable {
    package var key: RequestKey
    package var status: Int
    package var digest: String
  }

  /// - Parameters:
  ///   - daysMax: How old a recording may be; nil for any age.
  ///   - now: The time against which age is measured, in seconds since 1970.
  package init(daysMax: Int? = nil, now: Double = Date.now.timeIntervalSince1970) {
    self.daysMax = daysMax
    self.now = Date(timeIntervalSince1970: now)
  }

  /// The faults of the file at `path`. Throws `RecordingError` when it cannot be read.
  package mutating func findings(inFile path: String) throws -> [LintFinding] {
    do {
      return findings(in: try readRecording(at: path), file: path)
    } catch let error as RecordingError {
      guard let line = error.line else { throw error }
      return [LintFinding(file: path, line: line, problem: error.reason)]
    }
  }

  /// The faults of a recording; its file is `file`.
  package mutating func findings(in recording: Recording, file: String) -> [LintFinding] {
    var findings = secrets(in: recording, file)
    func find(_ problem: String) {
      findings.append(LintFinding(file: file, line: 1, problem: problem))
    }
    let nothing = nothing(in: recording)
    if let problem = nothing ?? eventless(recording) { find(problem) }
    if let age = age(of: recording) { find(age) }
    let identity = Identity(
      key: RequestKeys().key(of: recording.session.request),
      status: recording.session.response.status, digest: recording.digest)
    if let first = seen[identity] {
      find("the same request and the same body as \(first)")
    } else {
      seen[identity] = file
    }
    return findings
  }

  /// What redaction would remove, and what else looks like a secret to a scan that does not use
  /// redaction's lists. Each line is reported once.
  private func secrets(in recording: Recording, _ file: String) -> [LintFinding] {
    var session = recording.session
    // Ids in a synthetic session belong to nobody.
    let redactor = Redactor(takesIDs: !recording.source.hasPrefix("synthetic: "))
    var findings: [LintFinding] = []
    for finding in redactor.redact(&session) {
      let line =
        switch finding.part {
        case .requestTarget, .requestField, .requestBody, .statusLine, .responseField: 1
        case .body(let offset): Self.line(of: offset, recording.session, file)
        }
      let finding = LintFinding(file: file, line: line, problem: "a secret: \(finding.kind)")
      if findings.last != finding { findings.append(finding) }
    }
    // What is left after redaction; redaction changes no place.
    for suspect in session.readable.suspects {
      let line =
        switch suspect.part {
        case .requestHead, .requestBody, .responseHead: 1
        case .body(let offset): Self.line(of: offset, recording.session, file)
        }
      let problem = "perhaps a secret: a text of \(suspect.suspect.text.utf8.count) bytes "
      let finding = LintFinding(file: file, line: line, problem: problem + suspect.suspect.reason)
      if !findings.contains(finding) { findings.append(finding) }
    }
    return findings
  }

  /// The line of the file that holds a byte of the body.
  private static func line(of offset: Int, _ session: Session, _ file: String) -> Int {
    if file.hasSuffix(".sse") { return 1 + session.body[..<offset].count { $0 == 0x0A } }
    let read = session.readable
    guard read.body != session.body, let fragment = read.fragments.first(where: { $0.end > offset })
    else { return 2 + (session.fragments.firstIndex { $0.end > offset } ?? 0) }
    // The content of a coded body came with a line of the file: the first of its time.
    return 2 + (session.fragments.firstIndex { $0.milliseconds >= fragment.milliseconds } ?? 0)
  }

  /// Why a recording has nothing to test; nil when it has.
  private func nothing(in recording: Recording) -> String? {
    let session = recording.session
    let path = session.request.target.prefix { $0 != "?" }
    let isChat =
      path.hasSuffix("/completions") || path.hasSuffix("/generation")
      || path.hasSuffix("/messages") || path.hasSuffix("/responses")
    guard isChat else { return nil }
    let status = session.response.status
    if [401, 403, 407].contains(status) {
      return "a recording of nothing: an auth error (\(status)) recorded as a chat"
    }
    guard status < 400 else { return nil }
    let type = session.response.fields["Content-Type"]?.lowercased() ?? ""
    let text = String(decoding: session.readable.body.prefix(4_096), as: UTF8.self)
    let start = text.drop(while: \.isWhitespace).prefix(14).lowercased()
    if type.hasPrefix("text/html") || start.hasPrefix("<html") || start == "<!doctype html" {
      return "a recording of nothing: a page of HTML recorded as a chat"
    }
    if session.body.isEmpty, session.ending == .complete {
      return "a recording of nothing: the body is empty"
    }
    let isRefusal = ["invalid_api_key", "InvalidApiKey", "authentication_error"].contains {
      text.contains($0)
    }
    if isRefusal, recording.eventCount <= 2 {
      return "a recording of nothing: an auth error recorded as a chat"
    }
    return nil
  }

  private func age(of recording: Recording) -> String? {
    guard let daysMax else { return nil }
    guard let captured = recording.captured, let date = captureDate(captured)
    else { return "nobody knows how old it is: no time of capture" }
    let days = Int(now.timeIntervalSince(date) / 86_400)
    return days > daysMax ? "captured \(days) days ago; --max-age is \(daysMax)" : nil
  }
}
