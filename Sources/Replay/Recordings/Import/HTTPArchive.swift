// HTTP archives (HAR 1.2), as browsers and proxies export them. Some say when the parts of a body came:
// `_chunks` with times and sizes, or Chrome's `_eventSourceMessages` with times and data.

internal import Foundation
internal import Judging
internal import MockQwen
internal import Terminal
internal import Wire

/// The parts of an HTTP archive that say what passed.
struct HTTPArchive: Decodable {
  struct Pair: Decodable { var name: String, value: String }
  struct Chunk: Decodable { var ts: Double, bytes: Int }
  struct Message: Decodable {
    package var time: Double
    var eventName: String?
    var eventId: String?
    package var data: String
  }
  package struct Request: Decodable {
    package struct Body: Decodable { var text: String? }
    package var method: String, url: String, headers: [Pair], postData: Body?
  }
  struct Response: Decodable {
    struct Content: Decodable { var text: String?, encoding: String?, mimeType: String? }
    package var status: Int, statusText: String?, httpVersion: String?, headers: [Pair]
    package var content: Content
    var _chunks: [Chunk]?
  }
  struct Timings: Decodable { var wait: Double?, blocked: Double?, connect: Double? }
  package struct Entry: Decodable {
    var startedDateTime: String?
    package var request: Request
    package var response: Response
    var timings: Timings?
    var _chunks: [Chunk]?
    var _eventSourceMessages: [Message]?
  }
  struct Log: Decodable { var entries: [Entry] }

  package var log: Log

  /// The entries that are answers of an interface, not pages, pictures or scripts.
  package static func recordings(_ bytes: [UInt8]) throws -> [Recording] {
    try JSONDecoder().decode(HTTPArchive.self, from: Data(bytes)).log.entries.filter { entry in
      let type = (entry.response.content.mimeType ?? "").lowercased()
      let isAnswer = ["text/event-stream", "application/json", "application/x-ndjson"].contains {
        type.hasPrefix($0)
      }
      return 100...999 ~= entry.response.status
        && (isAnswer || entry._eventSourceMessages != nil || entry.request.method == "POST")
    }.map { entry in
      var exchange = entry.exchange
      entry.cut(&exchange)
      var recording = exchange.recording
      recording.source = exchange.fragments == nil ? "HAR" : "HAR with times"
      return recording
    }
  }
}

extension HTTPArchive.Entry {
  fileprivate var exchange: ForeignExchange {
    let text = response.content.text ?? ""
    let isBase64 = response.content.encoding == "base64"
    let data = isBase64 ? Data(base64Encoded: text) : nil
    return ForeignExchange(
      method: request.method, url: request.url,
      requestFields: request.headers.map { ($0.name, $0.value) },
      requestBody: Array((request.postData?.text ?? "").utf8), status: response.status,
      reason: response.statusText,
      version: response.httpVersion?.uppercased() == "HTTP/1.0" ? .http10 : .http11,
      fields: response.headers.map { ($0.name, $0.value) },
      body: data.map { Array($0) } ?? Array(text.utf8), fragments: nil,
      captured: startedDateTime.flatMap(captureDate).map(captureTime))
  }

  /// Cuts the body where the archive says that it was cut.
  fileprivate func cut(_ exchange: inout ForeignExchange) {
    if let chunks = response._chunks ?? _chunks, let first = chunks.first {
      let wait = max(timings?.wait ?? 0, 0)
      var end = 0
      var fragments: [Session.Fragment] = []
      for chunk in chunks where chunk.bytes > 0 {
        end += min(chunk.bytes, exchange.body.count - end)
        add(end, wait + chunk.ts - first.ts, to: &fragments)
      }
      // Sizes on the wire and sizes of the text may differ; the rest came last.
      add(exchange.body.count, Double(fragments.last?.milliseconds ?? 0), to: &fragments)
      exchange.fragments = fragments
    } else if let messages = _eventSourceMessages, let first = messages.first {
      var body: [UInt8] = []
      var fragments: [Session.Fragment] = []
      let start = startedDateTime.flatMap(captureDate)
      let zero = start?.timeIntervalSince1970 ?? first.time
      for message in messages {
        body += message.bytes
        add(body.count, max(message.time - zero, 0) * 1_000, to: &fragments)
      }
      exchange.body = body
      exchange.fragments = fragments
    }
  }

  private func add(_ end: Int, _ time: Double, to fragments: inout [Session.Fragment]) {
    guard end > fragments.last?.end ?? 0 else { return }
    let milliseconds = Int(min(max(time.rounded(), 0), Double(recordedTimeMax)))
    fragments.append(
      Session.Fragment(
        end: end, milliseconds: max(milliseconds, fragments.last?.milliseconds ?? 0)))
  }
}

extension HTTPArchive.Message {
  /// The message as an event of a stream.
  fileprivate var bytes: [UInt8] {
    var text = ""
    if let eventId, !eventId.isEmpty { text += "id: \(eventId)\n" }
    if let eventName, !eventName.isEmpty, eventName != "message" { text += "event: \(eventName)\n" }
    for line in data.split(separator: "\n", omittingEmptySubsequences: false) {
      text += "data: \(line)\n"
    }
    return Array((text + "\n").utf8)
  }
}
