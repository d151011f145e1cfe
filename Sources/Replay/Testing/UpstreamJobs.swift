// The thread of a mock upstream: it owns the sockets, answers requests, and in between runs the jobs of
// tests, one after the other.

internal import Foundation
internal import MockQwen
internal import Synchronization
internal import Trials
internal import Wire

/// The jobs of one upstream's thread.
final class UpstreamJobs: Sendable {
  /// A run, and the caller that waits for it.
  struct Job: Sendable {
    var options: TargetRunOptions
    var continuation: CheckedContinuation<RunReport, any Error>
  }

  private struct State: Sendable {
    var waiting: [Job] = []
    var isStopped = false
    var hasEnded = false
    var watchers: [CheckedContinuation<Void, Never>] = []
  }

  /// What the thread does next.
  private enum Step {
    case serve, end
    case run(Job)
  }

  /// How long the thread listens before it looks for a job, in milliseconds.
  private static let interval = 10
  /// The thread's stack in bytes: as large as a main thread's, for deeply nested JSON.
  private static let stackSize = 8 << 20

  private let state = Mutex(State())

  /// Starts the thread; returns the URL where it listens. Throws `ReplayError`.
  func startThread(playing session: Session) async throws -> BaseURL {
    try await withCheckedThrowingContinuation { started in
      let thread = Thread { self.run(playing: session, started) }
      thread.name = "replay upstream"
      thread.stackSize = Self.stackSize
      thread.start()
    }
  }

  private func run(
    playing session: Session, _ started: CheckedContinuation<BaseURL, any Error>
  ) {
    var upstream: StandingUpstream
    do {
      upstream = try StandingUpstream(playing: session)
    } catch {
      end()
      return started.resume(throwing: ReplayError("\(error)"))
    }
    started.resume(returning: upstream.url)
    while true {
      switch next() {
      case .end:
        upstream.stop()
        return end()
      case .serve:
        do { try upstream.serve(milliseconds: Self.interval) } catch { stop() }
      case .run(let job):
        do {
          job.continuation.resume(returning: try upstream.report(job.options))
        } catch {
          job.continuation.resume(throwing: ReplayError("\(error)"))
        }
      }
    }
  }

  private func next() -> Step {
    state.withLock { state in
      if state.isStopped { return .end }
      return state.waiting.isEmpty ? .serve : .run(state.waiting.removeFirst())
    }
  }

  /// Adds a job; after `stop` it fails.
  func add(_ job: Job) {
    let isLate = state.withLock { state in
      if !state.isStopped { state.waiting.append(job) }
      return state.isStopped
    }
    if isLate { job.continuation.resume(throwing: Self.stopped) }
  }

  /// Ends the thread after its current job; waiting jobs fail.
  func stop() {
    let left = state.withLock { state in
      state.isStopped = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for job in left { job.continuation.resume(throwing: Self.stopped) }
  }

  /// Returns when the thread has closed its sockets.
  func waitForEnd() async {
    await withCheckedContinuation { watcher in
      let hasEnded = state.withLock { state in
        if !state.hasEnded { state.watchers.append(watcher) }
        return state.hasEnded
      }
      if hasEnded { watcher.resume() }
    }
  }

  private func end() {
    stop()
    let watchers = state.withLock { state in
      state.hasEnded = true
      defer { state.watchers = [] }
      return state.watchers
    }
    for watcher in watchers { watcher.resume() }
  }

  private static let stopped = ReplayError("the mock upstream has been stopped")
}
