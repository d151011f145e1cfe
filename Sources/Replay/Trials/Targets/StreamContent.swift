// What a stream says, whatever its JSON looks like: for gateways that read each chunk and write it
// anew. Both dialects of Qwen are read, the compatible one and the native one. Texts are compared as
// bytes, values as JSON with sorted keys.

internal import Foundation
internal import Judging
internal import MockQwen
internal import Recordings
internal import Terminal
internal import Wire

/// What the events of a stream say, joined.
struct StreamContent: Hashable {
  /// A place that text goes to.
  package enum Part: Hashable, CustomStringConvertible {
    case text(choice: Int)
    case reasoning(choice: Int)
    case name(choice: Int, call: Int)
    case arguments(choice: Int, call: Int)
    case finishReasons(choice: Int)
    case usage, errors

    package var description: String {
      switch self {
      case .text(let choice): "the text of choice \(choice)"
      case .reasoning(let choice): "the reasoning of choice \(choice)"
      case .name(let choice, let call): "the name of call \(call) of choice \(choice)"
      case .arguments(let choice, let call): "the arguments of call \(call) of choice \(choice)"
      case .finishReasons(let choice): "the finish reasons of choice \(choice)"
      case .usage: "the usage"
      case .errors: "the errors"
      }
    }
  }

  /// What each part says; parts that say nothing are absent.
  package private(set) var parts: [Part: [UInt8]] = [:]

  /// Reads the events of finished blocks.
  init(_ blocks: [Block]) {
    for case let event? in blocks.filter(\.isFinished).map(\.event) {
      let value = try? JSONSerialization.jsonObject(with: Data(event.data))
      if let object = value as? [String: Any] { take(object) }
    }
  }

  /// What differs, in sentences without full stops; empty when both say the same.
  package func differences(from received: StreamContent) -> [String] {
    Set(parts.keys).union(received.parts.keys)
      .filter { parts[$0] != received.parts[$0] }
      .map { part in
        let (left, right) = (parts[part] ?? [], received.parts[part] ?? [])
        let same = zip(left, right).prefix { $0 == $1 }.count
        return "\(part) differs from byte \(same) on: \(right.count) bytes instead of \(left.count)"
      }
      .sorted()
  }

  private mutating func take(_ object: [String: Any]) {
    let output = object["output"] as? [String: Any]
    let choices = (object["choices"] ?? output?["choices"]) as? [[String: Any]] ?? []
    for (place, choice) in choices.enumerated() {
      take(choice: choice, number: choice["index"] as? Int ?? place)
    }
    if let output, output["choices"] == nil {
      add(output["text"], to: .text(choice: 0))
      finish(output["finish_reason"], choice: 0)
    }
    // Each later usage replaces the one before.
    if let usage = object["usage"], !(usage is NSNull) { parts[.usage] = json(usage) }
    if let error = object["error"] { add(error, to: .errors) }
    if object["code"] is String { add([object["code"], object["message"]], to: .errors) }
  }

  private mutating func take(choice: [String: Any], number: Int) {
    let message = (choice["delta"] ?? choice["message"]) as? [String: Any] ?? [:]
    add(message["content"], to: .text(choice: number))
    add(message["reasoning_content"], to: .reasoning(choice: number))
    let calls = message["tool_calls"] as? [[String: Any]] ?? []
    for (place, call) in calls.enumerated() {
      let index = call["index"] as? Int ?? place
      let function = call["function"] as? [String: Any]
      add(function?["name"], to: .name(choice: number, call: index))
      add(function?["arguments"], to: .arguments(choice: number, call: index))
    }
    finish(choice["finish_reason"], choice: number)
  }

  private mutating func finish(_ reason: Any?, choice: Int) {
    // Native frames say "null" as a word until the last.
    guard let reason = reason as? String, !reason.isEmpty, reason != "null" else { return }
    parts[.finishReasons(choice: choice), default: []] += reason.utf8 + [0x20]
  }

  private mutating func add(_ value: Any?, to part: Part) {
    guard let value, !(value is NSNull) else { return }
    let bytes = (value as? String).map { Array($0.utf8) } ?? json(value)
    if !bytes.isEmpty { parts[part, default: []] += bytes }
  }

  private func json(_ value: Any) -> [UInt8] {
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .fragmentsAllowed]
    return (try? JSONSerialization.data(withJSONObject: value, options: options)).map(Array.init)
      ?? []
  }
}
