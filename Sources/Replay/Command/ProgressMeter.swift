// The progress of a long command: on a terminal one line that is redrawn, elsewhere one line per minute,
// so that a CI system that ends silent jobs sees activity.

internal import Foundation
internal import Synchronization
internal import Terminal

/// A growing count that is reported from time to time. Can be used from any thread.
final class ProgressMeter: Sendable {
  private let console: Console
  private let noun: String
  private let start = ContinuousClock.now
  /// Tenths of seconds since the start at which the next line is due.
  private let due = Atomic<Int>(0)
  /// Seconds between two lines without a terminal.
  private static let heartbeat = 60

  init(_ console: Console, _ noun: String) {
    self.console = console
    self.noun = noun
    if !console.showsProgress { due.store(Self.heartbeat * 10, ordering: .relaxed) }
  }

  /// Reports `done` of `all`, if a line is due. `all` is 0 when it is not known.
  func tell(_ done: Int, of all: Int) {
    tell { Self.text(done, all, noun, seconds: Double($0) / 10) }
  }

  /// Reports a line of the command's own, if one is due; `line` gets the tenths of seconds since the
  /// start.
  func tell(_ line: (_ now: Int) -> String) {
    let parts = (ContinuousClock.now - start).components
    let now = Int(parts.seconds) * 10 + Int(parts.attoseconds / 100_000_000_000_000_000)
    guard isDue(at: now) else { return }
    let line = "replay: " + line(now)
    if console.showsProgress { console.progress(line) } else { console.warn(line) }
  }

  /// Whether a line is due at this many tenths of seconds after the start; if so, the next one is due
  /// later.
  func isDue(at now: Int) -> Bool {
    let next = due.load(ordering: .relaxed)
    guard now >= next else { return false }
    let step = console.showsProgress ? 2 : Self.heartbeat * 10
    return due.compareExchange(expected: next, desired: now + step, ordering: .relaxed).exchanged
  }

  /// Removes the line.
  func end() { console.progress("") }

  /// `3,000 of 9,000 plans, 1,500/s, about 4 s left`.
  static func text(_ done: Int, _ all: Int, _ noun: String, seconds: Double) -> String {
    let count =
      all > 0
      ? "\(PageParts.grouped(done)) of \(PageParts.grouped(all)) \(noun)"
      : "\(PageParts.grouped(done)) \(noun)"
    guard done > 0, seconds >= 1 else { return count }
    let rate = "\(count), \(PageParts.grouped(Int(Double(done) / seconds)))/s"
    guard all > done else { return rate }
    return rate + ", about \(timeText(seconds * Double(all - done) / Double(done))) left"
  }
}
