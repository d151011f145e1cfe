// The canaries of family A, second part: what stands in lines, and how long they are.

internal import Foundation
internal import Judging
internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Trials
internal import Wire

private let two = "data: {\"a\":1}\n\ndata: {\"b\":2}\n\n"

/// An event whose data is the JSON object with this member.
private func event(_ member: String) -> String { "data: {\(member)}\n\n" }

extension Canary {
  static let textCanaries: [Canary] = [
    Canary(
      "unicode-line-separators", BlockCanary<SplitsAtSeparators>.self,
      [.stream(event("\"a\":\"b\u{2028}c\"")), .stream(event("\"a\":\"b\u{C}c\""))]),
    Canary(
      "long-line-limit", BlockCanary<StopsAtLongLine>.self,
      [.stream(event("\"a\":\"\(String(repeating: "x", count: 65_536))\"") + two)]),
    Canary("swift-asyncbytes-lines", BlockCanary<NoEmptyLines>.self, [.stream(two)]),
    Canary("charset-latin1", CanaryProxy<Latin1<Unnamed>>.self, [.stream("data: 你好\n\n")]),
    Canary(
      "charset-latin1", variant: "always", CanaryProxy<Latin1<Always>>.self,
      [.stream("data: 你好\n\n"), .stream("data: 你好\n\n", type: "text/event-stream;charset=UTF-8")]
    ),
    Canary(
      "content-type-params", CanaryProxy<ExactType>.self,
      [
        .stream(two, "cuts=events", type: "text/event-stream;charset=UTF-8"),
        .stream(two, "cuts=events", type: "Text/Event-Stream"),
      ]),
    Canary(
      "id-event-retry-fields-lost", BlockCanary<DataOnly>.self,
      [.stream("id: 7\nevent: result\nretry: 10\ndata: A\n\nid:\ndata: B\n\n")]),
    Canary(
      "nul-control-chars", BlockCanary<StopsAtNull>.self, [.stream("data: a\u{0}b\n\n" + two)]),
    Canary(
      "surrogate-pair-split", BlockCanary<LoneSurrogates>.self,
      [.stream(event(#""a":"\ud83d""#) + event(#""a":"\ude00""#))]),
    Canary(
      "json-int-precision", BlockCanary<DoubleNumbers>.self,
      [.stream(event(#""created":9007199254740993"#))]),
    Canary(
      "json-escape-rewrite", BlockCanary<PlainSlashes>.self, [.stream(event(#""a":"<\/b>""#))]),
    Canary(
      "json-key-reorder", variant: "fields", EdgeCanary<OrderOfTheProcess>.self, [Trial.fields]),
    Canary(
      "json-key-reorder", BlockCanary<SortedKeys>.self,
      [.stream(event(#""model":"m","id":"1","choices":[]"#))]),
    Canary(
      "reframe-space-breaks-vendor-client", BlockCanary<SpacedEvent>.self,
      [.stream("id:1\nevent:error\n:HTTP_STATUS/429\ndata:{\"code\":\"Throttling\"}\n\n")]),
  ]
}

/// Takes the separators of Unicode for line ends, and writes line ends.
private struct SplitsAtSeparators: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    let separators = [
      "\u{2028}", "\u{2029}", "\u{85}", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}",
    ]
    return separators.reduce(block.bytes) { $0.replacing(Array($1.utf8), with: [0x0A]) }
  }
}

/// Gives up at a line of more than 64 KiB.
struct StopsAtLongLine: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.lines.allSatisfy { $0.count <= 65_536 } ? block.bytes : nil
  }
}

/// Reads lines without the empty ones.
private struct NoEmptyLines: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? { block.lines.flatMap { $0 + [0x0A] } }
}

/// Whether a charset that is named is heeded.
private protocol CharsetRule: Sendable { static var heedsName: Bool { get } }
private enum Unnamed: CharsetRule { static let heedsName = true }
private enum Always: CharsetRule { static let heedsName = false }

/// Reads bytes as ISO-8859-1, and writes UTF-8.
private struct Latin1<Rule: CharsetRule>: BodyHandler {
  private var isNamed = false

  package mutating func begin(_ head: ResponseHead) {
    let type = head.fields["Content-Type"]?.lowercased() ?? ""
    isNamed = Rule.heedsName && type.contains("charset")
  }

  package func take(_ fragment: [UInt8]) -> [UInt8] {
    isNamed
      ? fragment : Array(String(String.UnicodeScalarView(fragment.map { UnicodeScalar($0) })).utf8)
  }
}

/// Knows an event stream by one spelling of its type, and collects everything else.
private struct ExactType: BodyHandler {
  private var isEventStream = false
  private var held: [UInt8] = []

  package mutating func begin(_ head: ResponseHead) {
    isEventStream = head.fields["Content-Type"] == "text/event-stream"
  }

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    if isEventStream { return fragment }
    held += fragment
    return []
  }

  package func finish() -> [UInt8] { held }
}

/// Writes events anew with their data only.
private struct DataOnly: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    let kept = block.lines.filter { line in
      !["id", "event", "retry"].contains { line.starts(with: $0.utf8) }
    }
    return kept.isEmpty ? block.bytes : kept.flatMap { $0 + [0x0A] } + [0x0A]
  }
}

/// Ends a line at a NUL.
private struct StopsAtNull: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    guard block.bytes.contains(0) else { return block.bytes }
    return block.lines.flatMap { $0.prefix { $0 != 0 } + [0x0A] } + [0x0A]
  }
}

/// Replaces surrogates that stand alone.
private struct LoneSurrogates: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    // A regular expression is compiled for each block: most have nothing that it could find.
    guard block.has(#"\ud"#) || block.has(#"\uD"#) else { return block.bytes }
    let text = String(decoding: block.bytes, as: UTF8.self)
    let parts = text.matches(
      of:
        /\\u[dD][89abAB][0-9a-fA-F]{2}(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|\\u[dD][c-fC-F][0-9a-fA-F]{2}/
    )
    guard parts.contains(where: { $0.output.0.utf8.count == 6 }) else { return block.bytes }
    return Array(
      parts.reversed().reduce(into: text) { changed, part in
        if part.output.0.utf8.count == 6 { changed.replaceSubrange(part.range, with: "\u{FFFD}") }
      }.utf8)
  }
}

/// Reads whole numbers into doubles.
private struct DoubleNumbers: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.changing { value in
      value.changeNumbers { word in
        let text = String(decoding: word, as: UTF8.self)
        guard text.count > 15, let number = Double(text), let whole = Int(exactly: number) else {
          return
        }
        word = Array("\(whole)".utf8)
      }
    }
  }
}

/// Encodes strings anew without escaping slashes.
private struct PlainSlashes: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? { block.with(#"\/"#, "/") }
}

/// Encodes objects anew, in another order.
private struct SortedKeys: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    guard let data = block.event?.data,
      let object = try? JSONSerialization.jsonObject(with: Data(data)),
      let sorted = try? JSONSerialization.data(
        withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
    else { return block.bytes }
    return block.bytes.replacing(data, with: Array(sorted))
  }
}

/// Writes the type of an event behind a space.
private struct SpacedEvent: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? { block.with("event:error", "event: error") }
}

extension Trial {
  /// A stream whose head has fields in an order, on both stages.
  fileprivate static let fields: Trial = {
    var trial = Trial.stream("data: {\"a\":1,\"b\":2}\n\n").with("X-A", "1").with("X-B", "2")
    trial.stage = .both
    return trial
  }()
}

/// Writes fields in the order of a hash table, which is another one in every process. What tells
/// processes apart here is the port: the kernel's are large.
private struct OrderOfTheProcess: EdgeFlaw {
  /// The documented order is a rule of its own; any other proxy may have another, but always the same.
  static var isDocumented: Bool { false }
  private var isOther = false
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    if case .client(let bytes) = input {
      isOther = bytes.contains(Array("Host: 127.0.0.1:".utf8)) && !bytes.contains(Self.small)
    }
    return input
  }
  func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    isOther ? outputs.editingHead { $0.fields.list.reverse() } : outputs
  }
  /// The port of the simulated stage's proxy has one digit.
  private static let small = Array("Host: 127.0.0.1:1\r\n".utf8)
}
