// Where two JSON values differ, leaf by leaf, with the path of each difference. It compares requests, in
// which every member counts and no members are joined.

/// A place at which two JSON values differ.
struct JSONDifference: Hashable, Sendable {
  enum Kind: Hashable, Sendable { case lacks, added, changed }

  var kind: Kind
  /// As in `messages[0].content`; empty for the whole value.
  var path: String
  var expected: JSONTree?
  var received: JSONTree?

  /// The difference in a clause.
  var words: String {
    let name = path.isEmpty ? "the value" : path
    if case (.list(let left)?, .list(let right)?) = (expected, received) {
      return "\(name) has \(right.count) items instead of \(left.count)"
    }
    return switch kind {
    case .lacks: "\(name) is missing"
    case .added: "\(name) was added (\(received?.words() ?? ""))"
    case .changed:
      "\(name) is \(received?.words() ?? "") instead of \(expected?.words() ?? "")"
    }
  }
}

/// All differences between two values, at most `limit`, in the order of their paths.
func differences(
  expected: JSONTree, received: JSONTree, path: String = "", limit: Int = 8
) -> [JSONDifference] {
  guard expected != received, limit > 0 else { return [] }
  var found: [JSONDifference] = []
  switch (expected, received) {
  case (.object(let left), .object(let right)):
    for name in Set(left.keys).union(right.keys).sorted() where found.count < limit {
      let place = path.isEmpty ? name : "\(path).\(name)"
      found += difference(left[name], right[name], place, limit - found.count)
    }
  case (.list(let left), .list(let right)) where left.count == right.count:
    for index in left.indices where found.count < limit {
      found += differences(
        expected: left[index], received: right[index], path: "\(path)[\(index)]",
        limit: limit - found.count)
    }
  default:
    found = [
      JSONDifference(kind: .changed, path: path, expected: expected, received: received)
    ]
  }
  return found
}

private func difference(
  _ left: JSONTree?, _ right: JSONTree?, _ path: String, _ limit: Int
) -> [JSONDifference] {
  switch (left, right) {
  case (let left?, let right?):
    differences(expected: left, received: right, path: path, limit: limit)
  case (let left?, nil): [JSONDifference(kind: .lacks, path: path, expected: left)]
  case (nil, let right?): [JSONDifference(kind: .added, path: path, received: right)]
  case (nil, nil): []
  }
}
