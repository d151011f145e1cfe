// The tool calls of a stream arrive in pieces. A piece belongs to the call with its index; a new id
// begins a new call when the index is missing or stays the same.

internal import Judging

/// The calls of one list, to find the call of a piece.
struct CallList: Hashable {
  /// The number of the current call for each index, or (nil) for pieces without one.
  private var current: [Int?: Int] = [:]
  private var ids: [Int: String] = [:]

  /// The number of the call: its index, if it has one that no other call has taken, else the first free
  /// number. A new id begins a new call.
  mutating func number(of piece: JSONTree, at place: Int) -> Int {
    let index = piece["index"]?.integer
    let id = piece["id"]?.string ?? ""
    if let known = current[index] {
      guard !id.isEmpty, let other = ids[known], !other.isEmpty, other != id else {
        if !id.isEmpty { ids[known] = id }
        return known
      }
      if let same = ids.first(where: { $0.value == id })?.key {
        current[index] = same
        return same
      }
    }
    let free = (0...ids.count).first { ids[$0] == nil } ?? ids.count
    let number = index.flatMap { ids[$0] == nil ? $0 : nil } ?? free
    current[index] = number
    ids[number] = id
    return number
  }
}
