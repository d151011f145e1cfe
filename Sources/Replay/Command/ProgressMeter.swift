// How far a long command is: on a terminal a line that is drawn again, elsewhere a line a minute, so that a
// CI system that ends silent jobs sees a sign of life.

internal import Foundation
internal import Synchronization
internal import Terminal

/// A count that grows, told in passing. May be told from any thread.
final class ProgressMeter: Sendable {
  private let console: Console
  private let noun: String
  private let start = ContinuousClock.now
  /// Tenths of seconds since the start at which the next line is due.
  private let due = Atomic<Int>(0)
  /// Seconds between two lines where there is no terminal.
  private static let heartbeat = 60

  init(_ console: Console, _ noun: String) {
    self.console = console
    self.noun = noun
    if !console.showsProgress { due.store(Self.heartbeat * 10, ordering: .relaxed) }
  }

  /// Tells that so many of so many are done, if a line is due. `all` is 0 where nobody knows.
  func tell(_ done: Int, of all: Int) {
    tell { Self.text(done, all, noun, seconds: Double($0) / 10) }
  }

  /// Tells of a command in its own words, if a line is due; `line` gets the tenths of seconds since the
  /// start.
  func tell(_ line: (_ now: Int) -> String) {
    let parts = (ContinuousClock.now - start).components
    let now = Int(parts.seconds) * 10 + Int(parts.attoseconds / 100_000_000_000_000_000)
    guard isDue(at: now) else { return }
    let line = "replay: " + line(now)
    if console.showsProgress { console.progress(line) } else { console.warn(line) }
  }

  /// Whether a line is due so many tenths of seconds after the start; then the next is not for a while.
  func isDue(at now: Int) -> Bool {
    let next = due.load(ordering: .relaxed)
    guard now >= next else { return false }
    let step = console.showsProgress ? 2 : Self.heartbeat * 10
    return due.compareExchange(expected: next, desired: now + step, ordering: .relaxed).exchanged
  }

  /// Takes the line away.
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
