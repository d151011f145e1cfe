// Streams without an event for hours: comments and blank lines in every spelling, which are no progress,
// and events, which are. The judge decides whether and when such a stream must end.

internal import Wire

/// A stream with long rests, and the plan under which it comes.
package struct QuietStream: Hashable, Sendable {
  package var session: Session
  package var plan: Plan

  /// What comes between two events, again and again.
  private static let fillers = [
    ": c\n\n", ":\n", "\n", "\r\n\r\n", ": a\r\r", ":: data: x\n\n", "\n: b\n\n", ": c\n:d\r\n\r\n",
    ": c\ndata: x\n\n", "data\ndata\n\n", "data:x\r\r",
  ]

  /// All of them. Nine rests of 550 s are longer than a stream may go on without an event, five are not;
  /// six of 540 s are not either, and each event begins a new wait: one that comes within a second of
  /// the last that did is not looked at, so the borders of that second are among them.
  package static let all: [QuietStream] =
    fillers.enumerated().flatMap { number, filler in
      [
        QuietStream(number, filler, count: 4), QuietStream(number, filler, count: 8),
        QuietStream(number, filler, count: 5, rest: 540_000, rounds: 2),
      ]
    } + [999, 1_000].map { QuietStream($0, fillers[0], count: 8, rest: 500_000, second: $0) }

  /// - Parameter second: When a second event comes, in milliseconds behind the first; nil for none.
  private init(
    _ number: Int, _ filler: String, count: Int, rest: Int = 550_000, rounds: Int = 1,
    second: Int? = nil
  ) {
    let round = Array(repeating: filler, count: count) + ["data: b\n\n"]
    let rests = (0..<rounds).flatMap { _ in round }
    let first = [("data: a\n\n", 0)] + (second.map { [("data: b\n\n", $0)] } ?? [])
    let rested = rests.enumerated().map { ($1, (second ?? 0) + (first.count + $0) * rest) }
    session = .plainStream("quiet-\(number)-\(count)", first + rested)
    plan = Plan()
    (plan.cuts, plan.pacing, plan.core.idle) = (.recorded, .recorded, Pacing.fixedMax)
  }
}
