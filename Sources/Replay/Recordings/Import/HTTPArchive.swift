// HTTP archives (HAR 1.2), as browsers, proxies and test tools export them. Some tell when the parts of a
// body came: `_chunks` with times and sizes, or Chrome's `_eventSourceMessages` with times and data. The
// body's text is preferred to the messages, which have lost comments and borders. The messages are used
// when there is no text, and give the text its times when both have the same content.

internal import Foundation
internal import Judging
internal import MockQwen
internal import Wire

/// An HTTP archive.
enum HTTPArchive {
  static func imported(_ file: ForeignValue) throws(ImportError) -> Imported {
    guard let entries = file["log"]?["entries"]?.list else {
      throw ImportError("log.entries is not a list")
    }
    var imported = Imported()
    for (index, entry) in entries.enumerated() {
      imported.add("entry \(index + 1)") { () throws(ImportError) in
        try HTTPArchiveEntry(value: entry).exchange()
      }
    }
    return imported
  }
}

/// One entry of an archive.
private struct HTTPArchiveEntry {
  var value: ForeignValue

  private var response: ForeignValue? { value["response"] }
  private var content: ForeignValue? { response?["content"] }

  /// The type of the body, from the head or from the archive's `content`.
  private var type: String {
    let field = (try? headerPairs(response?["headers"]))?.last {
      $0.0.lowercased() == "content-type"
    }
    return mediaType(field?.1 ?? content?["mimeType"]?.string ?? "")
  }

  /// Whether the entry is an API's answer, not a page, a picture or a script.
  private var isAnswer: Bool {
    let method = value["request"]?["method"]?.string?.uppercased()
    let types = ["text/event-stream", "application/json", "application/x-ndjson"]
    return types.contains(type) || value["_eventSourceMessages"] != nil || method == "POST"
  }

  /// The exchange; nil for an entry that is not an API's answer.
  func exchange() throws(ImportError) -> ForeignExchange? {
    guard isAnswer else { return nil }
    guard let request = value["request"] else { throw ImportError("it has no request") }
    let error = value.first("_error")?.string ?? response?.first("_error", "_failureText")?.string
    let failure = error.flatMap { $0.isEmpty ? nil : $0 }
    let problem = failure.map { ": \($0)" } ?? ""
    guard let response else { throw ImportError("no answer was received\(problem)") }
    guard let status = response["status"]?.statusCode else {
      throw ImportError("the answer has no status\(problem)")
    }
    guard status > 0 else { throw ImportError("no answer was received\(problem)") }
    var exchange = ForeignExchange(
      method: request["method"]?.string?.uppercased() ?? "", url: try url(request),
      requestFields: try headerPairs(request["headers"]),
      status: status,
      reason: response["statusText"]?.string,
      version: response["httpVersion"]?.string?.uppercased() == "HTTP/1.0" ? .http10 : .http11,
      fields: try headerPairs(response["headers"]),
      captured: value["startedDateTime"]?.string.flatMap(captureDate).map(captureTime),
      source: "HAR")
    try takeRequestBody(request, into: &exchange)
    if let failure { exchange.end = ForeignEnding(browserError: failure) }
    if !exchange.fields.contains(where: { $0.0.lowercased() == "content-type" }),
      let type = content?["mimeType"]?.string, type.contains("/")
    {
      exchange.fields.append(("Content-Type", type))
    }
    try takeBody(into: &exchange)
    return exchange
  }

  private func url(_ request: ForeignValue) throws(ImportError) -> String {
    guard let url = request["url"]?.string, !url.isEmpty else {
      throw ImportError("the request has no URL")
    }
    if let scheme = url.firstMatch(of: #/^([A-Za-z][A-Za-z0-9+.\-]*):/#)?.1.lowercased(),
      !["http", "https"].contains(scheme)
    {
      throw ImportError("a URL of \(scheme): was never asked for over HTTP")
    }
    return url
  }

  private func takeRequestBody(
    _ request: ForeignValue, into exchange: inout ForeignExchange
  ) throws(ImportError) {
    let data = request["postData"]
    if let text = data?["text"] {
      let encoding = data?.first("encoding", "_encoding")?.string ?? ""
      exchange.requestBody = try BodyText(value: text, encoding: encoding).bytes()
    } else if let parameters = data?["params"]?.list, !parameters.isEmpty {
      let type = data?["mimeType"]?.string ?? ""
      let form = ArchivedForm(parameters)
      exchange.requestBody = form.body(type)
      if form.lacksFiles || mediaType(type).hasPrefix("multipart/") {
        exchange.notes.append(
          form.lacksFiles
            ? "the request's form is not in the file: it lacks what was uploaded"
            : "the request's form was put together again, its heads may have been others")
      }
      return
    }
    let count = exchange.requestBody.count
    let isCoded = exchange.requestFields.contains { $0.0.lowercased() == "content-encoding" }
    guard let size = request["bodySize"]?.integer, size > count, !isCoded else { return }
    exchange.notes.append("the request had a body of \(size) bytes, the file has \(count) of them")
  }

  private func takeBody(into exchange: inout ForeignExchange) throws(ImportError) {
    let messages = (value["_eventSourceMessages"]?.list ?? []).compactMap(ArchivedMessage.init)
    let text = content?["text"]
    let isEmpty = text == nil || text == .text("")
    if isEmpty, !messages.isEmpty {
      (exchange.body, exchange.fragments) = cut(messages)
      exchange.fields.removeAll {
        ["content-length", "content-encoding"].contains($0.0.lowercased())
      }
      exchange.source = "HAR with times"
      return
    }
    if isEmpty { try refuseMissingBody(exchange) }
    let encoding = content?["encoding"]?.string ?? ""
    exchange.body = try BodyText(
      value: text, encoding: encoding, isBinary: content?["_isBinary"]?.isTrue ?? false
    ).bytes()
    try holdAgainstSize(&exchange, text, encoding)
    if let chunks = (response?["_chunks"] ?? value["_chunks"])?.list, !chunks.isEmpty {
      exchange.fragments = cut(exchange.body, chunks)
    } else {
      exchange.fragments = cut(exchange.body, messages)
    }
    if exchange.fragments != nil { exchange.source = "HAR with times" }
  }

  /// Refuses an entry whose body is stored somewhere else: it is not an empty body.
  private func refuseMissingBody(_ exchange: ForeignExchange) throws(ImportError) {
    if let file = content?.first("_file", "_sha1")?.string {
      throw ImportError("its body is in another file (\(file)); export with bodies embedded")
    }
    guard exchange.method != "HEAD", ![204, 304].contains(exchange.status),
      exchange.end.ending == .complete
    else { return }
    let length = exchange.fields.last { $0.0.lowercased() == "content-length" }?.1
    let sizes = [
      content?["size"]?.integer, response?["bodySize"]?.integer, length.flatMap { Int($0) },
    ]
    let size = sizes.compactMap(\.self).max()
    if let size, size > 0 {
      throw ImportError("its body is missing: \(size) bytes were received, none is in the file")
    }
    if content?["text"] == nil, size != 0 { throw ImportError("its body is missing") }
  }

  /// Checks the body against the archive's size, which some tools count in characters.
  private func holdAgainstSize(
    _ exchange: inout ForeignExchange, _ text: ForeignValue?, _ encoding: String
  ) throws(ImportError) {
    let isCoded = exchange.fields.contains { $0.0.lowercased() == "content-encoding" }
    guard let size = content?["size"]?.integer, size > 0, exchange.end.ending == .complete,
      !isCoded, size != exchange.body.count, let string = text?.string
    else { return }
    let counts = [string.utf8.count, string.utf16.count, string.unicodeScalars.count]
    if counts.contains(size) {
      // UTF-8 that was read as Latin-1: one character for each byte.
      let bytes = string.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
      if encoding.isEmpty, bytes.count == size, String(validating: bytes, as: UTF8.self) != nil {
        exchange.body = bytes
      }
      return
    }
    guard size < exchange.body.count else {
      throw ImportError(
        "its body is not whole: \(size) bytes were received, \(exchange.body.count) are in the file"
      )
    }
  }
}

extension HTTPArchiveEntry {
  /// Cuts a body at the sizes in `_chunks`. Sizes on the wire and in the text may differ; the rest came
  /// last.
  private func cut(_ body: [UInt8], _ chunks: [ForeignValue]) -> [Session.Fragment] {
    let wait = max(value["timings"]?["wait"]?.double ?? 0, 0)
    let zero = chunks.first?["ts"]?.double ?? 0
    var borders = Borders(bodyCount: body.count)
    for chunk in chunks {
      guard let size = chunk["bytes"]?.integer, size > 0 else { continue }
      let end = min(size, body.count - borders.end) + borders.end
      borders.add(end, wait + (chunk["ts"]?.double ?? zero) - zero)
    }
    borders.add(body.count, 0)
    return borders.fragments
  }

  /// A body assembled from messages.
  private func cut(_ messages: [ArchivedMessage]) -> (body: [UInt8], [Session.Fragment]) {
    var body: [UInt8] = []
    var ends: [Int] = []
    for message in messages {
      body += message.bytes
      ends.append(body.count)
    }
    return (body, times(of: messages, at: ends, body.count))
  }

  /// Cuts a body after the events that came as messages; nil when their content differs.
  private func cut(_ body: [UInt8], _ messages: [ArchivedMessage]) -> [Session.Fragment]? {
    guard !messages.isEmpty else { return nil }
    let blocks = ReferenceReader.blocks(in: body).filter { $0.event != nil && $0.isFinished }
    let isSame =
      blocks.count == messages.count
      && zip(blocks, messages).allSatisfy { $0.event?.data == Array($1.data.utf8) }
    return isSame ? times(of: messages, at: blocks.map(\.range.upperBound), body.count) : nil
  }

  private func times(
    of messages: [ArchivedMessage], at ends: [Int], _ count: Int
  ) -> [Session.Fragment] {
    let start = value["startedDateTime"]?.string.flatMap(captureDate)?.timeIntervalSince1970
    let zero = start ?? messages.first?.time ?? 0
    var borders = Borders(bodyCount: count)
    for (message, end) in zip(messages, ends) { borders.add(end, (message.time - zero) * 1_000) }
    borders.add(count, 0)
    return borders.fragments
  }
}

/// Borders of reads that always rise, with times that never fall.
private struct Borders {
  let bodyCount: Int
  private(set) var fragments: [Session.Fragment] = []

  init(bodyCount: Int) { self.bodyCount = bodyCount }

  var end: Int { fragments.last?.end ?? 0 }

  mutating func add(_ next: Int, _ time: Double) {
    guard next > end else { return }
    let latest = Double(ImportLimits.standard.millisecondsMax)
    let milliseconds = Int(min(max(time.isFinite ? time : 0, 0), latest).rounded())
    fragments.append(
      Session.Fragment(
        end: min(next, bodyCount),
        milliseconds: max(milliseconds, fragments.last?.milliseconds ?? 0)))
  }
}

/// A message of Chrome's `_eventSourceMessages`.
private struct ArchivedMessage {
  /// When it came, in seconds since 1970.
  var time: Double
  var name: String
  var id: String
  var data: String

  init?(_ value: ForeignValue) {
    guard let data = value["data"]?.string else { return nil }
    self.data = data
    time = value["time"]?.double ?? 0
    name = value["eventName"]?.string ?? ""
    id = value["eventId"]?.string ?? ""
  }

  /// The message as an event of a stream.
  var bytes: [UInt8] {
    var text = id.isEmpty ? "" : "id: \(id)\n"
    if !name.isEmpty, name != "message" { text += "event: \(name)\n" }
    for line in data.split(separator: "\n", omittingEmptySubsequences: false) {
      text += "data: \(line)\n"
    }
    return Array((text + "\n").utf8)
  }
}
