// A recorded session as a test argument: a file with what an upstream sent, byte for byte. A test runs
// each recording of a folder through the proxy that it has started.

public import Foundation
internal import Judging
internal import MockQwen
internal import Recordings
internal import Terminal
internal import Trials
internal import Wire

/// A recorded session: a request, and the answer of an upstream, as it came.
///
/// Recordings are made with `replay record` or `replay import`; a file `NAME.sse` that holds only the
/// body of an event stream is one too.
public struct Recording: Hashable, Sendable, Identifiable, CustomStringConvertible {
  /// The path of the file.
  public let path: String
  let file: Recordings.Recording

  /// Reads one recording.
  ///
  /// - Parameters:
  ///   - path: The file. A relative path begins at the folder of the package that `source` is in, or,
  ///     when no such file is there, at the working directory.
  ///   - source: The calling file.
  /// - Throws: `ReplayError` with the file, the line and the reason.
  public init(at path: String, source: String = #filePath) throws {
    let path = pathInPackage(path, of: source)
    self = try asReplayError { Recording(path: path, file: try readRecording(at: path)) }
  }

  private init(path: String, file: Recordings.Recording) {
    self.path = path
    self.file = file
  }

  /// Reads all recordings of a folder and of those below it: the files that end in `.jsonl` or `.sse`,
  /// sorted by path.
  ///
  /// - Parameters:
  ///   - folder: A relative path begins at the folder of the package that `source` is in, or, when
  ///     nothing is there, at the working directory.
  ///   - source: The calling file.
  /// - Returns: One recording at least.
  /// - Throws: `ReplayError` for a folder without recordings, and for a file that is not a recording.
  public static func all(in folder: String, source: String = #filePath) throws -> [Recording] {
    let folder = pathInPackage(folder, of: source)
    return try asReplayError {
      try recordingFiles(at: [folder]).map { Recording(path: $0.path, file: $0.recording) }
    }
  }

  /// The path.
  public var id: String { path }
  /// The session's name: the file's name without its extension.
  public var name: String { file.session.name }
  /// The body of the answer.
  public var body: [UInt8] { file.session.body }
  /// How many events a browser dispatches for the body (WHATWG HTML section 9.2.6).
  public var eventCount: Int { file.eventCount }
  /// The name.
  public var description: String { name }

  /// Runs the recording through a proxy under each plan: a client asks the proxy, the proxy asks
  /// `upstream`, and what the client gets is compared with what the upstream sent. The upstream's bytes
  /// are cut at the plan's places; a cut counts when the kernel reports that the proxy has read one part
  /// before the next was sent.
  ///
  /// A failed plan is run again to confirm the failure. The runs of one upstream follow one another;
  /// those of several upstreams run side by side.
  ///
  /// - Parameters:
  ///   - proxy: The URL where the proxy listens, with plain http. With a path such as `/v1` the client
  ///     posts to `/v1/chat/completions`; without a path it does the same.
  ///   - upstream: The upstream that the proxy was started with.
  ///   - plans: The plans to run.
  ///   - options: What is compared, and how long to wait.
  /// - Returns: What the client got, and whether it is what was sent.
  /// - Throws: `ReplayError` when the proxy cannot be judged: it takes no connections, answers without
  ///   asking the upstream, or the options or plans cannot be carried out.
  public func run(
    through proxy: URL, upstream: MockUpstream, plans: RunPlans,
    options: RunOptions = RunOptions()
  ) async throws -> RunVerdict {
    try await run(
      through: proxy.absoluteString, upstream: upstream, plans: plans, options: options)
  }

  /// The same for a proxy whose URL is a string.
  public func run(
    through proxy: String, upstream: MockUpstream, plans: RunPlans,
    options: RunOptions = RunOptions()
  ) async throws -> RunVerdict {
    guard let url = BaseURL(proxy), url.scheme == .http else {
      throw ReplayError("the proxy's URL must be like http://127.0.0.1:8080, not '\(proxy)'")
    }
    let settings = try options.settings(for: url, upstream: upstream.place)
    let run = TargetRunOptions(
      settings: settings, recordings: [(path: path, recording: file)], plans: plans.plans,
      seed: plans.seed, environment: [:])
    let report = try await upstream.report(run)
    return RunVerdict(report, of: self, settings)
  }
}
