// When two requests ask the same: the same method, endpoint, model and messages, however their JSON is
// written. Values that change from call to call (ids, times) are left out by a list, and secrets are
// compared as a recording shows them.

internal import Foundation
internal import Judging
package import MockQwen
internal import Wire

/// A request's canonical form.
package struct RequestKey: Hashable, Sendable {
  /// The method and the last two segments of the path: a client's base URL does not matter.
  package var place: String
  /// The model, as JSON.
  package var model: String
  /// Each message as JSON with sorted keys; the whole body when there are none.
  package var messages: [String]
}

extension RequestKey {
  /// How similar another request is: place, then model, then how many messages are equal from the start.
  package func likeness(to other: RequestKey) -> [Int] {
    [
      place == other.place ? 1 : 0, zip(messages, other.messages).prefix { $0 == $1 }.count,
      model == other.model ? 1 : 0, -abs(messages.count - other.messages.count),
    ]
  }

  /// What differs, for a person; `asked` and `recorded` are the names of the two.
  package func differences(
    from other: RequestKey, asked: String = "asked", recorded: String = "recorded"
  ) -> [String] {
    func both(_ name: String, _ own: some Any, _ others: some Any) -> String {
      "\(name)\(asked) \(own), \(recorded) \(others)"
    }
    var list: [String] = []
    if place != other.place { list.append(both("", place, other.place)) }
    if model != other.model {
      list.append(
        both(
          "model: ", model.isEmpty ? "none" : model, other.model.isEmpty ? "none" : other.model))
    }
    if messages.count != other.messages.count {
      list.append(both("messages: ", messages.count, other.messages.count))
    }
    for (index, (own, others)) in zip(messages, other.messages).enumerated() where own != others {
      let same = zip(own, others).prefix { $0 == $1 }.count
      let from = max(same - 20, 0)
      list.append(
        both(
          "messages[\(index)] from character \(same): ", "…\(own.dropFirst(from).prefix(60))",
          "…\(others.dropFirst(from).prefix(60))"))
      break
    }
    return list
  }
}

/// Makes canonical forms.
package struct RequestKeys: Hashable, Sendable {
  /// The members that are left out wherever they occur.
  package static let volatile = [
    "id", "tool_call_id", "call_id", "request_id", "session_id", "trace_id", "message_id",
    "prompt_id", "created", "created_at", "timestamp", "cache_control",
  ]

  private let ignored: Set<String>

  /// `more` is left out in addition to the members of `volatile`.
  package init(ignoring more: [String] = []) { ignored = Set(Self.volatile + more) }

  /// The canonical form of a request.
  package func key(of request: Session.Request) -> RequestKey {
    let path = request.target.prefix { $0 != "?" }
    let place = request.method + " /" + path.split(separator: "/").suffix(2).joined(separator: "/")
    let shown = Redactor().redactedBody(of: request)
    guard
      let body = (try? JSONSerialization.jsonObject(with: Data(shown))) as? [String: Any]
    else {
      let text = String(decoding: shown, as: UTF8.self)
      return RequestKey(place: place, model: "", messages: text.isEmpty ? [] : [text])
    }
    let native = body["input"] as? [String: Any]
    let messages =
      body["messages"] ?? native?["messages"] ?? body["input"] ?? body["prompt"]
      ?? body.filter { $0.key != "model" }
    let list = messages as? [Any] ?? [messages]
    return RequestKey(
      place: place, model: body["model"].map(canonical) ?? "", messages: list.map(canonical))
  }

  /// A value as JSON that is equal for all notations of the value.
  private func canonical(_ value: Any) -> String {
    let data = try? JSONSerialization.data(
      withJSONObject: stripped(value),
      options: [.sortedKeys, .fragmentsAllowed, .withoutEscapingSlashes])
    return String(decoding: data ?? Data(), as: UTF8.self)
  }

  private func stripped(_ value: Any) -> Any {
    if let object = value as? [String: Any] {
      return object.filter { !ignored.contains($0.key) }.mapValues(stripped)
    }
    if let list = value as? [Any] { return list.map(stripped) }
    return value
  }
}
