// Work on all CPU cores: as many pieces at a time as the machine has processors, and the next one when
// one is done, so that a long one at the end does not wait behind others.

internal import Foundation

/// Runs pieces of work in parallel and delivers their results as they come. `next` returns a piece, or
/// nil when there is none for now; it is called once for each worker, and again after each result.
/// - Parameter workers: The most pieces at a time; by default the number of processors.
package func sideBySide<Piece: Sendable, Result: Sendable>(
  workers: Int = processorCount, next: () -> Piece?,
  run: @escaping @Sendable (Piece) throws -> Result, take: (Result) -> Void
) async throws {
  try await withThrowingTaskGroup(of: Result.self) { group in
    for _ in 0..<max(workers, 1) {
      guard let piece = next() else { break }
      group.addTask { try run(piece) }
    }
    while let result = try await group.next() {
      take(result)
      if let piece = next() { group.addTask { try run(piece) } }
    }
  }
}

/// The results of all pieces, in their order.
package func sideBySide<Piece: Sendable, Result: Sendable>(
  _ pieces: [Piece], run: @escaping @Sendable (Piece) throws -> Result
) async throws -> [Result] {
  var waiting = pieces.indices.makeIterator()
  var results = [Result?](repeating: nil, count: pieces.count)
  try await sideBySide(
    next: { waiting.next() }, run: { (index: Int) in (index, try run(pieces[index])) },
    take: { results[$0.0] = $0.1 })
  return results.compactMap(\.self)
}

/// How many processors there are, at least one.
package var processorCount: Int { max(ProcessInfo.processInfo.activeProcessorCount, 1) }
