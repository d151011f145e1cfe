// Work on all cores: as many pieces at a time as the machine has processors, the next one when one is
// done, so that a long one at the end does not wait behind a queue of its own.

internal import Foundation

/// Runs pieces of work side by side and takes their results as they come. `next` gives a piece, or nil
/// when there is none left for now; it is asked once for each worker, and again behind each result.
/// - Parameter workers: At most so many pieces at a time; the number of processors unless said.
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

/// How many processors there are, one at least.
package var processorCount: Int { max(ProcessInfo.processInfo.activeProcessorCount, 1) }
