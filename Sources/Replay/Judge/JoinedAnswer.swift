// A stream in one piece (`STREAM=false`), read independently: what the events of a stream add up to, by
// JSON value. Only streams with one right answer are judged: those whose events are all chunks of a
// completion in the compatible dialect, each with a choice's index.

internal import Foundation
internal import MockQwen
internal import Wire

/// The chunks of a stream.
struct JoinedStream {
  /// The events up to `[DONE]` as objects; nil when one of them is not an object.
  private(set) var chunks: [[String: Any]]? = []
  private var isDone = false

  init(_ stream: [UInt8]) {
    for block in ReferenceReader.blocks(in: stream) where !isDone {
      if block.fields.contains(where: Self.isErrorSign) { mayHoldError = true }
      guard let data = block.event?.data else {
        // Browsers ignore an event without data, and no client takes it for a chunk.
        if block.fields.contains(where: { $0.name == Array("data".utf8) }) { chunks = nil }
        continue
      }
      if data == Array("[DONE]".utf8) {
        isDone = true
      } else if !Self.mayBeTooDeep(data), let tree = JSONTree(data),
        // Foundation takes some texts that are not JSON.
        let chunk = try? JSONSerialization.jsonObject(with: Data(data)) as? [String: Any]
      {
        chunks?.append(chunk)
        if chunk["usage"] is [String: Any] { usage = tree["usage"] }
        if let error = chunk["error"], !(error is NSNull) {
          if Self.saysWhat(error) { hasError = true } else { mayHoldError = true }
        }
        if Self.isUnlikeAChunk(chunk) { mayHoldError = true }
      } else {
        // Some vendors put their errors into a list, or into one of the lines.
        (chunks, mayHoldError) = (nil, true)
      }
      if block.event?.type == Array("error".utf8) { hasError = true }
    }
  }

  /// The last token usage; nil when there is none.
  private(set) var usage: JSONTree?
  /// Whether an event reports an error.
  private(set) var hasError = false
  /// Whether a field reports an error that is no event for a browser, but is one for some vendors: such a
  /// stream may be taken for an error.
  private(set) var mayHoldError = false

  /// Some vendors' errors have no member `error`, but a code beside a message, or a finish reason.
  private static func isUnlikeAChunk(_ chunk: [String: Any]) -> Bool {
    guard let choices = chunk["choices"] as? [[String: Any]] else { return true }
    return choices.contains { choice in
      choice["error"] is [String: Any]
        || (choice["finish_reason"] as? String)?.hasPrefix("error") == true
    }
  }

  /// Whether lists and objects may be nested deeper than a reader must follow (RFC 8259 section 9).
  private static func mayBeTooDeep(_ data: [UInt8]) -> Bool {
    data.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") } > 60
  }

  /// Whether an error says anything: `false`, a number and an empty value may mean that there is none.
  private static func saysWhat(_ error: Any) -> Bool {
    (error as? String)?.isEmpty == false || (error as? [String: Any])?.isEmpty == false
      || (error as? [Any])?.isEmpty == false
  }

  private static func isErrorSign(_ field: Line) -> Bool {
    field.name == Array("error".utf8) || field.name.first == UInt8(ascii: "{")
      || field.name == Array("event".utf8)
        && String(decoding: field.value, as: UTF8.self).lowercased().contains("error")
  }

  /// Whether a chunk gives the index of each choice; otherwise it is open to which choice a finish reason
  /// belongs.
  static func namesChoices(_ chunk: [String: Any]) -> Bool {
    guard let choices = chunk["choices"] as? [[String: Any]] else { return false }
    return choices.allSatisfy { $0["index"] is Int }
  }

  /// Whether it is finished: by `[DONE]`, or by a finish reason for every choice.
  var isFinished: Bool {
    let parts = (chunks ?? []).flatMap { $0["choices"] as? [[String: Any]] ?? [] }
    let ended = parts.filter { Self.reason($0) != nil }.compactMap { $0["index"] as? Int }
    return isDone || Set(ended) == Set(parts.compactMap { $0["index"] as? Int }) && !ended.isEmpty
  }

  /// Whether it becomes an answer with status 200 for certain: it is finished, has chunks, and holds
  /// nothing that somebody could take for an error.
  var isCompletion: Bool {
    isFinished && chunks?.isEmpty == false && !hasError && !mayHoldError
  }

  /// The finish reason of a choice, or nil.
  static func reason(_ choice: [String: Any]) -> String? {
    (choice["finish_reason"] as? String).flatMap { $0.isEmpty || $0 == "null" ? nil : $0 }
  }
}

extension Judge {
  /// The faults of an answer in one piece.
  func joinedFaults(_ seen: Observation, _ stream: [UInt8]) -> [Violation] {
    let joined = JoinedStream(stream)
    guard let status = seen.status else { return [.wrong(.head, "there is no response")] }
    // A stream with a chunk that is not JSON need not become JSON in the answer.
    if joined.chunks == nil, seen.ending == .complete { return [] }
    let whole = try? JSONSerialization.jsonObject(with: Data(seen.body)) as? [String: Any]
    guard let whole, seen.ending == .complete else {
      return [.wrong(.end, "the answer in one piece is not a whole JSON object")]
    }
    guard seen.fields.mediaType == "application/json" else {
      return [.wrong(.head, "the answer in one piece is not JSON by its head")]
    }
    if joined.hasError {
      return status >= 400 ? [] : [.wrong(.head, "a stream with an error was answered \(status)")]
    }
    if joined.mayHoldError, status >= 400 { return [] }
    guard let chunks = joined.chunks, !chunks.isEmpty,
      chunks.allSatisfy(JoinedStream.namesChoices)
    else { return [] }
    guard joined.isFinished else {
      return status >= 400 ? [] : [.wrong(.head, "half a stream was answered \(status)")]
    }
    guard status == 200 else { return [.wrong(.head, "the status is \(status) instead of 200")] }
    if let usage = joined.usage, usage != JSONTree(seen.body)?["usage"] {
      return [.wrong(.end, "the answer in one piece has another usage")]
    }
    return difference(whole, chunks).map { [.wrong(.end, "the answer in one piece has \($0)")] }
      ?? []
  }

  /// The faults of an answer in one piece whose right content is known.
  func shapeFaults(_ seen: Observation, _ shape: JoinedShape) -> [Violation] {
    guard seen.status == shape.status else {
      let words = seen.status.map { "the status is \($0)" } ?? "there is no response"
      return [.wrong(.head, "\(words) instead of \(shape.status)")]
    }
    guard seen.fields.values("Content-Type") == ["application/json"] else {
      return [.wrong(.head, "the answer in one piece is not JSON by its head")]
    }
    if let fault = reasonFault(seen, documentedReason(shape.status)) { return [fault] }
    // Most are equal byte for byte, and parsing JSON is slow.
    if seen.ending == .complete, seen.body.elementsEqual(shape.answer.utf8) { return [] }
    guard seen.ending == .complete, let answer = JSONTree(seen.body), case .object = answer else {
      return [.wrong(.end, "the answer in one piece is not a whole JSON object")]
    }
    guard shape.answer.hasPrefix("{") else {
      let isRight = DocumentedError(rawValue: shape.answer)?.body == seen.body
      return isRight ? [] : [.wrong(.end, "the error is not \(shape.answer) as documented")]
    }
    if let name = JSONTree.repeatedName(in: seen.body) {
      return [.wrong(.end, "the answer in one piece has '\(name)' twice")]
    }
    return answer == JSONTree(shape.answer.utf8)
      ? [] : [.wrong(.end, "the answer in one piece is not what the stream '\(shape.name)' says")]
  }

  /// The first difference between an answer and the sum of the chunks, in words.
  private func difference(_ whole: [String: Any], _ chunks: [[String: Any]]) -> String? {
    for name in ["id", "model"] {
      let first = chunks.lazy.compactMap { $0[name] as? String }.first { !$0.isEmpty }
      if let first, first != whole[name] as? String { return "another \(name)" }
    }
    let parts = chunks.flatMap { $0["choices"] as? [[String: Any]] ?? [] }
    let answers = whole["choices"] as? [[String: Any]] ?? []
    let indices = Set(parts.compactMap { $0["index"] as? Int })
    if Set(answers.compactMap { $0["index"] as? Int }) != indices { return "other choices" }
    for answer in answers {
      let own = parts.filter { $0["index"] as? Int == answer["index"] as? Int }
      if let words = difference(choice: answer, own) { return words }
    }
    return nil
  }

  private func difference(choice: [String: Any], _ parts: [[String: Any]]) -> String? {
    let deltas = parts.compactMap { $0["delta"] as? [String: Any] }
    guard deltas.count == parts.count, let message = choice["message"] as? [String: Any] else {
      return parts.allSatisfy { $0["delta"] is [String: Any] } ? "a choice without a message" : nil
    }
    if choice["delta"] != nil { return "a delta" }
    for name in ["content", "reasoning_content"] {
      // Some vendors send lists of parts instead of text.
      let values = deltas.compactMap { $0[name] }
      guard values.allSatisfy({ $0 is String || $0 is NSNull }) else { continue }
      let texts = values.compactMap { $0 as? String }
      if message[name] as? String ?? "" != texts.joined() { return "another \(name)" }
    }
    let reasons = parts.compactMap(JoinedStream.reason)
    if !reasons.isEmpty, !reasons.contains(choice["finish_reason"] as? String ?? "") {
      return "another finish_reason"
    }
    let calls = deltas.flatMap { $0["tool_calls"] as? [[String: Any]] ?? [] }
    guard calls.allSatisfy({ $0["index"] is Int }) else { return nil }
    let joined = message["tool_calls"] as? [[String: Any]] ?? []
    let numbers = Set(calls.compactMap { $0["index"] as? Int }).sorted()
    if joined.count < numbers.count { return "fewer tool calls" }
    let arguments = { (call: [String: Any]) in
      (call["function"] as? [String: Any])?["arguments"] as? String ?? ""
    }
    let sent = numbers.map { number in
      calls.filter { $0["index"] as? Int == number }.map(arguments).joined()
    }
    return joined.map(arguments).sorted() == sent.sorted() || joined.count != numbers.count
      ? nil : "other arguments of tool calls"
  }
}
