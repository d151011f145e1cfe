// The mock upstream of a test: it listens as long as somebody holds it, on a thread of its own, so that
// a proxy in the same process may block as many threads of the pool as it likes.

public import Foundation
internal import Judging
internal import Recordings
internal import Trials
internal import Wire

/// A model's server that answers with a recording.
public final class MockUpstream: Sendable {
  private let jobs: UpstreamJobs
  let place: BaseURL

  /// Where the upstream is found: what the proxy under test is given, such as
  /// `http://127.0.0.1:49152/compatible-mode/v1`.
  public let url: URL

  private init(_ jobs: UpstreamJobs, _ place: BaseURL, _ url: URL) {
    self.jobs = jobs
    self.place = place
    self.url = url
  }

  deinit { jobs.stop() }

  /// Begins to listen on a free loopback port.
  ///
  /// Between runs a request for the recording is answered with it, whole and at once; every other
  /// request, such as one for the list of models, gets the answer that a model's server would give.
  /// The upstream ends with the last reference to it, or with ``stop()``.
  ///
  /// - Throws: `ReplayError` when the system gives no socket.
  public static func start(playing recording: Recording) async throws -> MockUpstream {
    let jobs = UpstreamJobs()
    let place = try await jobs.startThread(playing: recording.file.session)
    guard let url = URL(string: place.description) else {
      jobs.stop()
      throw ReplayError("the upstream's address \(place) is not a URL")
    }
    return MockUpstream(jobs, place, url)
  }

  /// Ends the upstream, and returns when its sockets are closed. Runs that wait are not begun.
  public func stop() async {
    jobs.stop()
    await jobs.waitForEnd()
  }

  /// Takes recordings through a proxy, behind the runs that were asked for before.
  func report(_ options: TargetRunOptions) async throws -> RunReport {
    try await withCheckedThrowingContinuation { continuation in
      jobs.add(UpstreamJobs.Job(options: options, continuation: continuation))
    }
  }
}
