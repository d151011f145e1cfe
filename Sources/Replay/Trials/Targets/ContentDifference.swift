// One path at which two streams differ in content, and its description.

internal import Judging

/// A path at which two streams differ in content.
struct ContentDifference: Hashable {
  var path: String
  var expected: StreamContent.Leaf?
  var received: StreamContent.Leaf?

  /// Whether the value only names something: a model, a role, a kind.
  var isName: Bool { StreamContent.isName(path) }

  var damage: Damage {
    received == nil ? .lost : expected == nil ? .added : .corrupted
  }

  /// The difference in a sentence without a full stop.
  var words: String {
    switch (expected, received) {
    case (let expected?, nil): "\(path) did not come (\(Self.words(expected)))"
    case (nil, let received?): "\(path) came, but was not sent (\(Self.words(received)))"
    case (.text(let left)?, .text(let right)?): Self.words(path, left, right)
    case (let expected?, let received?):
      "\(path) is \(Self.words(received)) instead of \(Self.words(expected))"
    case (nil, nil): path
    }
  }

  /// Where two texts begin to differ, and how each continues.
  private static func words(_ path: String, _ left: [UInt16], _ right: [UInt16]) -> String {
    let same = zip(left, right).prefix { $0 == $1 }.count
    func rest(_ units: [UInt16]) -> String {
      JSONTree.text(Array(units[same...])).words(limit: 24)
    }
    let counts =
      left.count == right.count ? "" : ", \(right.count) characters instead of \(left.count)"
    return "\(path) differs from character \(same) on: \(rest(right)) instead of \(rest(left))"
      + counts
  }

  private static func words(_ leaf: StreamContent.Leaf) -> String {
    switch leaf {
    case .text(let units): JSONTree.text(units).words()
    case .values(let values): values.prefix(3).map { $0.words() }.joined(separator: ", ")
    }
  }

  /// Whether this is an end that was not sent: an end mark, or the reason why an answer has ended.
  var isInvented: Bool {
    let ends = StreamContent.ends(received, at: path) - StreamContent.ends(expected, at: path)
    return ends > 0
  }
}
