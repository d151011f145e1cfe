// A recording is a session in a file. The file `NAME.jsonl` is UTF-8 text with one JSON object per line:
// first a head (format version, where the session comes from, request, response head, framing), then one
// line for each fragment as it was read, last a line with how the body ended, how many events it holds
// and its SHA-256. So a file that was cut short or edited by hand is noticed, and reported with its line.
// Bytes, fragment borders and times come back exactly as they went in; the session's name is the file's.
// A plain body file `NAME.sse` is a recording too.

package import Foundation
internal import Judging
package import MockQwen
internal import Terminal
package import Wire

/// A session in a file.
package struct Recording: Hashable, Sendable {
  /// Who ended the body.
  package enum Side: String, Hashable, Sendable, CaseIterable {
    case upstream, client
  }

  /// The TLS of a session's connection. Its fragments are then the records that held parts of the body.
  package struct TLS: Codable, Hashable, Sendable {
    /// The version, such as `TLSv1.3`.
    package var version: String
    /// The name of the cipher suite.
    package var cipher: String

    package init(version: String, cipher: String) {
      self.version = version
      self.cipher = cipher
    }
  }

  /// Where the session comes from, in words, or empty.
  package var source: String
  /// When the session was captured, as ISO 8601 in UTC; nil when it was not captured.
  package var captured: String?
  package var session: Session
  /// Who ended the body; for a complete body always the upstream.
  package var side: Side
  /// The TLS that it came over; nil without TLS, and when that is not known.
  package var tls: TLS?

  package init(
    source: String, captured: String? = nil, session: Session, side: Side = .upstream,
    tls: TLS? = nil
  ) {
    self.tls = tls
    self.source = source
    self.captured = captured
    self.session = session
    self.side = side
  }

  /// The SHA-256 of the body, in 64 lower-case hexadecimal digits. Hashes the body at every call.
  package var digest: String { hexadecimal(sha256(session.body)) }

  /// The number of events that a client dispatches for the decoded body, by the WHATWG rules. Reads the
  /// body at every call.
  package var eventCount: Int { ReferenceReader.events(in: session.readable.body).count }
}

/// A time of capture as written in a file: ISO 8601 in UTC, with milliseconds, so that recordings sort in
/// the order of their requests.
package func captureTime(_ date: Date) -> String { date.formatted(fractionalTime) }

/// The time in a file, with or without milliseconds; nil when it is not a time.
package func captureDate(_ text: String) -> Date? {
  (try? Date(text, strategy: fractionalTime)) ?? (try? Date(text, strategy: .iso8601))
}

private let fractionalTime = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

/// What is wrong with a recording file, and where.
package struct RecordingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file as the caller named it.
  package var file: String
  /// The line, from 1; nil for the file as a whole.
  package var line: Int?
  package var reason: String

  package init(file: String, line: Int? = nil, reason: String) {
    self.file = file
    self.line = line
    self.reason = reason
  }

  /// `FILE:LINE: reason`, or `FILE: reason`.
  package var description: String {
    line.map { "\(file):\($0): \(reason)" } ?? "\(file): \(reason)"
  }
}

extension Fields {
  /// The fields that a recording keeps of a request: without those of one connection, its address and its
  /// framing.
  package var withoutConnection: Fields {
    let names = [
      "Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive",
      "Proxy-Connection",
    ]
    return Fields(list.filter { field in !names.contains(where: field.isNamed) })
  }
}
