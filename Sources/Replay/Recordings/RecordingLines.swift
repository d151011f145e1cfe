// The lines of a recording file as values that Foundation's JSON coders read and write. Keys that a
// reader does not know are passed over, so that a later version may add some. Bytes stand as `text`
// when they are valid UTF-8 and as `base64` when they are not; Foundation's coders return every
// text scalar for scalar, U+0000, U+FEFF and unnormalized text included (tested).

import Foundation
import MockQwen
import Wire

/// The version that is written; the only one that is read.
let recordingFormat = "qwen-replay.recording.v1"

/// The first line.
struct HeadLine: Codable {
  struct Request: Codable {
    var method: String
    var target: String
    /// Name and value of each field line, in order.
    var fields: [[String]]
    var text: String?
    var base64: String?
  }

  struct Response: Codable {
    var version: String
    var status: Int
    var reason: String
    /// Name and value of each field line, in order.
    var fields: [[String]]
  }

  var format: String
  var source: String
  var captured: String?
  var request: Request
  var response: Response
  var framing: String
}

/// A line after the first: a fragment, or with `end` the last line.
struct FragmentLine: Codable {
  /// Milliseconds since the request was sent.
  var ms: Int
  var text: String?
  var base64: String?
}

/// The last line.
struct EndLine: Codable {
  var end: String
  var side: String
  var events: Int
  var sha256: String
}

/// What tells the kinds of lines apart: a head has a `format`, the last line an `end`.
struct LineKind: Decodable {
  var format: String?
  var end: String?
}

/// Bytes as a JSON string: as they are when they are valid UTF-8, else in base64.
func jsonText(_ bytes: ArraySlice<UInt8>) -> (text: String?, base64: String?) {
  let text = String(decoding: bytes, as: UTF8.self)
  guard text.utf8.elementsEqual(bytes) else { return (nil, Data(bytes).base64EncodedString()) }
  return (text, nil)
}

/// The name and value of each field line.
func pairs(_ fields: Fields) -> [[String]] { fields.list.map { [$0.name, $0.value] } }
