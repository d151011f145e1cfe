// The counts of a proxy on their way into the file that all programs share: what has been written, what
// has not, and when to try again. The store writes before a request is sent, and the service when its
// time has come, so they share one book.

internal import ProxyUnderTest
internal import Terminal

/// The counts that a program has added to the file.
final class CountsBook {
  /// When to try again to write counts, in milliseconds: while another program writes its own, and after
  /// an error.
  private static let (busyTime, errorTime) = (500, 5_000)
  /// How long to wait at once for another program that writes its own, in milliseconds: that takes a
  /// moment, unless it is stopped while writing.
  private static let waitMax = 100

  private let folder: AccountFolder
  private var written: RequestCounts
  /// When the counts are written next, in milliseconds on the monotonic clock; nil when none wait.
  private(set) var due: Int?
  private var notes: [String] = []

  init(_ folder: AccountFolder) {
    self.folder = folder
    written = folder.counts()
  }

  /// Adds the new counts to the file, unless it is too early to try again.
  ///
  /// - Parameter isLast: Whether there will be no further try.
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

  /// The counts when the program began.
  var start: RequestCounts { written }

  func takeNotes() -> [String] {
    defer { notes = [] }
    return notes
  }
}
