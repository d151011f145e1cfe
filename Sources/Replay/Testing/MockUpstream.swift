// The mock upstream of a test. It listens as long as it is referenced, on a thread of its own, so a proxy
// in the same process may block as many threads of the pool as it likes.

public import Foundation
internal import Judging
internal import Recordings
internal import Trials
internal import Wire

/// A model server that answers with a recording.
public final class MockUpstream: Sendable {
  private let jobs: UpstreamJobs
  let place: BaseURL

  /// The base URL of the upstream, to configure the proxy under test with, such as
  /// `http://127.0.0.1:49152/compatible-mode/v1`.
  public let url: URL

  private init(_ jobs: UpstreamJobs, _ place: BaseURL, _ url: URL) {
    self.jobs = jobs
    self.place = place
    self.url = url
  }

  deinit { jobs.stop() }

  /// Starts to listen on a free loopback port.
  ///
  /// Between runs, a request for the recording is answered with it, in one piece and at once; every other
  /// request, such as one for the list of models, gets an answer that a model server would send. The
  /// upstream ends with the last reference to it, or with ``stop()``.
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

  /// Stops the upstream, and returns when its sockets are closed. Waiting runs are not started and throw.
  public func stop() async {
    jobs.stop()
    await jobs.waitForEnd()
  }

  /// Runs recordings through a proxy, after the runs that were requested before.
  func report(_ options: TargetRunOptions) async throws -> RunReport {
    try await withCheckedThrowingContinuation { continuation in
      jobs.add(UpstreamJobs.Job(options: options, continuation: continuation))
    }
  }
}
