// Clocks for programs on real sockets.

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Milliseconds on a clock that never goes back; its zero has no meaning.
package func monotonicMilliseconds() -> Int { monotonicMicroseconds() / 1_000 }

/// Microseconds on the same clock.
package func monotonicMicroseconds() -> Int {
  let elapsed = ContinuousClock.now - start
  return Int(elapsed.components.seconds) * 1_000_000
    + Int(elapsed.components.attoseconds / 1_000_000_000_000)
}

private let start = ContinuousClock.now

/// Milliseconds since 1970 (UTC), by the system's clock, which can be set back.
package func unixMilliseconds() -> Int {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
}
