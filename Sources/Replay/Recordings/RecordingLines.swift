// The lines of a recording file as values that Foundation's JSON coders read and write. Unknown keys are
// skipped, so that a later version may add some. Bytes are written as `text` when they are valid UTF-8
// and as `base64` when they are not; Foundation's coders return every text scalar for scalar, U+0000,
// U+FEFF and unnormalized text included (tested).

import Foundation
import MockQwen
internal import Terminal
import Wire

/// The version that is written; the only one that is read.
let recordingFormat = "qwen-replay.recording.v1"

/// The latest time of a fragment, in milliseconds: a year. A later one is not a recorded time, and sums
/// with it could overflow.
let recordedTimeMax = 366 * 24 * 3_600 * 1_000

/// The first line.
struct HeadLine: Codable {
  package struct Request: Codable {
    package var method: String
    package var target: String
    /// Name and value of each field line, in order.
    package var fields: [[String]]
    package var text: String?
    var base64: String?
  }

  struct Response: Codable {
    package var version: String
    package var status: Int
    package var reason: String
    /// Name and value of each field line, in order.
    package var fields: [[String]]
  }

  package var format: String
  package var source: String
  package var captured: String?
  package var request: Request
  package var response: Response
  package var framing: String
  /// Absent unless the session came over TLS.
  package var tls: Recording.TLS?
}

/// A line after the first: a fragment, or with `end` the last line.
struct FragmentLine: Codable {
  /// Milliseconds since the request was sent.
  var ms: Int
  package var text: String?
  var base64: String?
}

/// The last line.
struct EndLine: Codable {
  package var end: String
  package var side: String
  package var events: Int
  package var sha256: String
}

/// Tells the kinds of lines apart: a head has a `format`, the last line an `end`.
struct LineKind: Decodable {
  package var format: String?
  package var end: String?
}

/// Bytes as a JSON string: as they are when they are valid UTF-8, else in base64.
func jsonText(_ bytes: ArraySlice<UInt8>) -> (text: String?, base64: String?) {
  let text = String(decoding: bytes, as: UTF8.self)
  guard text.utf8.elementsEqual(bytes) else { return (nil, Data(bytes).base64EncodedString()) }
  return (text, nil)
}

/// The name and value of each field line.
func pairs(_ fields: Fields) -> [[String]] { fields.list.map { [$0.name, $0.value] } }
