// Bytes that a peer has sent ahead of their turn. Requests are taken from the front one by one; the
// rest is not moved each time, or a long pipeline would be copied once for each of its requests.

/// Bytes that wait to be read, the oldest first.
package struct Backlog: Hashable, Sendable {
  private var bytes: [UInt8] = []
  /// How many of `bytes` have been taken from the front.
  private var start = 0
  /// How many bytes all calls together have moved; not part of the value (`==`), for tests of
  /// growth.
  package private(set) var movedCount = 0

  package init() {}

  /// The number of bytes that wait.
  package var count: Int { bytes.count - start }
  package var isEmpty: Bool { count == 0 }

  /// Adds bytes at the end.
  package mutating func append(_ more: ArraySlice<UInt8>) {
    if start > bytes.count / 2 {
      movedCount += count
      bytes.removeFirst(start)
      start = 0
    }
    movedCount += more.count
    bytes += more
  }

  /// Lends all bytes to `body` without a copy, and drops as many as `body` has used.
  ///
  /// - Parameter body: Gets the array and the index of the first byte that waits, and moves that
  ///   index past what it has used.
  package mutating func consume(_ body: ([UInt8], inout Int) -> Void) {
    body(bytes, &start)
    guard isEmpty else { return }
    bytes = []
    start = 0
  }

  /// Takes out all bytes.
  package mutating func takeAll() -> [UInt8] {
    defer { self = Backlog() }
    return start == 0 ? bytes : Array(bytes[start...])
  }

  package static func == (left: Backlog, right: Backlog) -> Bool {
    left.bytes[left.start...] == right.bytes[right.start...]
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(bytes[start...]) }
}
