// The result for a foreign file: recordings, skipped entries, each with its reason, and notes about
// doubtful ones. An entry that cannot be read does not stop the others.

/// The recordings of a file, and what else to report.
package struct Imported: Hashable, Sendable {
  /// An entry that could not become a recording.
  package struct Skipped: Hashable, Sendable {
    /// The entry, as the file counts it.
    package var place: String
    package var reason: String
  }

  package var recordings: [Recording] = []
  package var skipped: [Skipped] = []
  /// Doubts about entries that were imported, each with its place.
  package var notes: [String] = []
  /// How many entries are not an API's answers: pages, pictures, scripts.
  package var passedCount = 0

  init() {}

  /// Adds the recording of an entry, or skips the entry with the reason.
  mutating func add(
    _ place: String, _ exchange: () throws(ImportError) -> ForeignExchange?
  ) {
    do {
      guard let exchange = try exchange() else {
        passedCount += 1
        return
      }
      let (recording, found) = try exchange.recording()
      recordings.append(recording)
      notes += found.map { "\(place): \($0)" }
    } catch {
      skipped.append(Skipped(place: place, reason: error.reason))
    }
  }
}
