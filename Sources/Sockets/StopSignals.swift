// SIGINT, SIGTERM and SIGHUP as readiness. A signal comes at any moment, on any thread, and its
// handler may do almost nothing; so it writes a byte into a pair of sockets, and the poller that
// watches the other end wakes up. SIGPIPE is ignored meanwhile: writing to a closed pipe is then an
// error of `write` and does not end the process.

internal import SystemCalls

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Catches the signals that ask the process to end, as long as the value lives.
struct StopSignals: ~Copyable {
  /// Becomes readable when a signal has come.
  let end: Socket
  private let handlerEnd: Socket
  private var buffer = [UInt8](repeating: 0, count: 16)

  init() throws(SocketError) {
    (end, handlerEnd) = try Socket.pair()
    SystemCalls.catchStopSignals(handlerEnd.descriptor)
  }

  deinit {
    releaseStopSignals()
    end.close()
    handlerEnd.close()
  }

  /// How many signals have come since the last call.
  mutating func take() -> Int {
    guard case .bytes(let count) = end.receive(into: &buffer) else { return 0 }
    return count
  }
}
