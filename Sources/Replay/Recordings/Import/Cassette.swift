// VCR cassettes in JSON: Ruby's VCR (`http_interactions`) and its relatives in Python and elsewhere
// (`interactions`). They agree on what they say and differ in how: a value may stand alone or in a
// list, a status may be a number or an object, a body a string or an object.

internal import Foundation
internal import MockQwen
internal import Terminal
internal import Wire

/// A cassette.
struct Cassette: Decodable {
  /// A text, or the first of a list of texts.
  struct Word: Decodable {
    package var values: [String]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let word = try? container.decode(String.self) {
        values = [word]
      } else {
        values = try container.decode([String].self)
      }
    }
  }

  struct Status: Decodable {
    struct Parts: Decodable { var code: Int, message: String? }
    package var code: Int
    package var message: String?

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let parts = try? container.decode(Parts.self) {
        (code, message) = (parts.code, parts.message)
      } else if let number = try? container.decode(Int.self) {
        code = number
      } else {
        let words = try container.decode(String.self).split(separator: " ", maxSplits: 1)
        code = words.first.flatMap { Int($0) } ?? 0
        message = words.count > 1 ? String(words[1]) : nil
      }
    }
  }

  package struct Body: Decodable {
    struct Parts: Decodable {
      package var string: String?, base64String: String?, encoding: String?
      package enum CodingKeys: String, CodingKey {
        case string, encoding
        case base64String = "base64_string"
      }
    }
    package var bytes: [UInt8] = []

    package init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() { return }
      if let text = try? container.decode(String.self) {
        bytes = Array(text.utf8)
      } else {
        let parts = try container.decode(Parts.self)
        let coded = parts.base64String ?? (parts.encoding == "base64" ? parts.string : nil)
        if let coded, let data = Data(base64Encoded: coded, options: .ignoreUnknownCharacters) {
          bytes = Array(data)
        } else {
          bytes = Array((parts.string ?? "").utf8)
        }
      }
    }
  }

  package struct Request: Decodable {
    package var method: String, uri: String?, url: String?, headers: [String: Word]?, body: Body?
  }
  struct Response: Decodable {
    package var status: Status, headers: [String: Word]?, body: Body?
  }
  struct Interaction: Decodable {
    package var request: Request
    package var response: Response
    var recordedAt: String?
    package enum CodingKeys: String, CodingKey {
      case request, response
      case recordedAt = "recorded_at"
    }
  }

  private enum CodingKeys: String, CodingKey {
    case interactions
    case rubyInteractions = "http_interactions"
  }

  var rubyInteractions: [Interaction]?
  var interactions: [Interaction]?

  package static func recordings(_ bytes: [UInt8]) throws -> [Recording] {
    let cassette = try JSONDecoder().decode(Cassette.self, from: Data(bytes))
    return (cassette.rubyInteractions ?? cassette.interactions ?? []).filter {
      100...999 ~= $0.response.status.code
    }.map { interaction in
      var recording = ForeignExchange(
        method: interaction.request.method.uppercased(),
        url: interaction.request.uri ?? interaction.request.url ?? "/",
        requestFields: pairs(interaction.request.headers),
        requestBody: interaction.request.body?.bytes ?? [],
        status: interaction.response.status.code, reason: interaction.response.status.message,
        fields: pairs(interaction.response.headers), body: interaction.response.body?.bytes ?? []
      ).recording
      recording.source = "VCR cassette"
      return recording
    }
  }

  /// Header fields; a cassette keeps no order, so they are sorted.
  private static func pairs(_ headers: [String: Word]?) -> [(String, String)] {
    (headers ?? [:]).sorted { $0.key < $1.key }.flatMap { name, word in
      word.values.map { (name, $0) }
    }
  }
}
