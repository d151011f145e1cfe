// A target stage for a caller that starts the proxy itself: the mock listens before it is known where the
// proxy will be, and answers what a proxy requests while it starts. Then recordings can be run through
// the proxy, as often as needed.

internal import Judging
package import MockQwen
internal import Networks
internal import Sockets
internal import Stages
package import Wire

/// The mock upstream and the clients of a target that the caller starts. Belongs to one thread.
package struct StandingUpstream: ~Copyable {
  /// How many answers are remembered between two runs.
  private static let answersKept = 1_000

  private var stage: TargetStage
  private let session: Session

  /// Listens on a free loopback port. Between runs `session` answers the requests for it, in one piece
  /// and at once; every other request gets an answer that a model server would send.
  ///
  /// - Throws: `SocketError` when the system gives no socket.
  package init(playing session: Session) throws {
    self.session = session
    stage = try TargetStage(TargetSettings(), environment: [:], catchesSignals: false)
    play()
  }

  /// Where the mock listens: the proxy's upstream.
  package var url: BaseURL { stage.upstream }

  /// Answers what comes within this many milliseconds.
  package mutating func serve(milliseconds: Int) throws {
    try stage.poll(milliseconds)
    while let due = stage.mainDue {
      stage.mock.release(
        due.connection, at: stage.now, choosing: stage.desk.delivery(for:), in: &stage.network)
    }
    if stage.mock.answers.count > Self.answersKept { play() }
  }

  /// Runs the recordings of `options` through the target at the URL in its settings.
  ///
  /// - Throws: `TargetError` when the target cannot be judged, `UsageError` for a plan that it cannot
  ///   be run under.
  package mutating func report(_ options: TargetRunOptions) throws -> RunReport {
    guard let url = options.settings.url else {
      throw TargetError(description: "the target has no URL")
    }
    try options.refuseWhatCannotBeDone()
    stage.settings = options.settings
    stage.place = url
    stage.patience = options.settings.timeout
    defer { play() }
    return try Trials.report(options, on: &stage) { _, _ in }
  }

  /// Closes all connections.
  package mutating func stop() { stage.stop() }

  /// Answers with the session from now on.
  private mutating func play() {
    stage.mock.forgetRequests()
    stage.seenAnswers = 0
    stage.desk.streams = [UpstreamDesk.Stream(Delivery(session, Plan()), sent: session.request)]
  }
}
