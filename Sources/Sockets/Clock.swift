// Time for those who have real sockets.

/// Milliseconds on a clock that never goes back; they count from no particular moment.
package func monotonicMilliseconds() -> Int {
  let elapsed = ContinuousClock.now - start
  return Int(elapsed.components.seconds) * 1000
    + Int(elapsed.components.attoseconds / 1_000_000_000_000_000)
}

private let start = ContinuousClock.now
