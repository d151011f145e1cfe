// What became of a foreign file: recordings, entries that were skipped, each with its reason, and what a
// person should know about what was taken. An entry that cannot be read does not take the others along.

/// The recordings of a file, and what else is to be said.
package struct Imported: Hashable, Sendable {
  /// An entry of which no recording could be made.
  package struct Skipped: Hashable, Sendable {
    /// Which one, as the file counts it.
    package var place: String
    package var reason: String
  }

  package var recordings: [Recording] = []
  package var skipped: [Skipped] = []
  /// What was taken with a doubt, with its place.
  package var notes: [String] = []
  /// How many entries are not answers of an interface: pages, pictures, scripts.
  package var passedCount = 0

  init() {}

  /// Adds the recording that an entry gives, or skips the entry with the reason.
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
