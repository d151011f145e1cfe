// The counts of a proxy on their way into the file of all programs: what has been written, what has
// not, and when that is tried again. The store writes before a request is sent, and the service when
// its time has come; so they share one book.

internal import ProxyUnderTest
internal import Terminal

/// What a program has added to the file of counts.
final class CountsBook {
  /// How soon counts that could not be written are tried again, in milliseconds: while another program
  /// writes its own, and after an error.
  private static let (busyTime, errorTime) = (500, 5_000)
  /// How long is waited for another program that writes its own, at once: it takes a moment, unless it
  /// is stopped there.
  private static let waitMax = 100

  private let folder: AccountFolder
  private var written: RequestCounts
  /// When the counts are written next, on the monotonic clock; nil when nothing waits.
  private(set) var due: Int?
  private var notes: [String] = []

  init(_ folder: AccountFolder) {
    self.folder = folder
    written = folder.counts()
  }

  /// Adds what was counted to the file, unless it is not yet time to try again.
  ///
  /// - Parameter isLast: Whether there will be no other try.
  func keep(_ counts: RequestCounts, at now: Int, isLast: Bool = false) {
    guard counts != written, isLast || due ?? now <= now else { return }
    due = nil
    do {
      if try folder.add(counts.since(written), within: isLast ? 10 * Self.waitMax : Self.waitMax) {
        written = counts
      } else {
        due = now + Self.busyTime
      }
    } catch {
      notes.append("cannot write \(folder.path)/\(AccountFolder.countsName): \(reason(error))")
      due = now + Self.errorTime
    }
  }

  /// The counts with which a program begins.
  var start: RequestCounts { written }

  func takeNotes() -> [String] {
    defer { notes = [] }
    return notes
  }
}
