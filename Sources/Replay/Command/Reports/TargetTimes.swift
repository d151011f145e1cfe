// The measurements of a run through a target, for programs: the time that the target adds, and the
// results of sessions under load.

internal import Trials

/// The time that a target adds to a direct connection, in microseconds.
struct AddedDelayJSON: Encodable {
  var median: Int
  /// The 99th percentile.
  var high: Int
  var isSteady: Bool
  var blocks: Int
  /// The median without the target.
  var direct: Int
  var usualCause: String?

  /// Nil when there are no measurements.
  init?(_ delay: AddedDelay) {
    guard delay.target.count > 0 else { return nil }
    (median, high, isSteady) = (delay.median, delay.high, delay.isSteady)
    (blocks, direct, usualCause) = (delay.target.count, delay.direct.median, delay.cause)
  }
}

/// The results of sessions of one shape under load.
struct LoadJSON: Encodable {
  var clients: Int
  /// `at once` or `slow`.
  var upstream: String
  var sessions: Int
  var failed: Int
  /// The 95 % confidence interval of the failing share, from 0 to 1.
  var low: Double
  var high: Double
  var breaches: [String: Int]

  init(_ figure: LoadFigure) {
    clients = figure.clients
    upstream = figure.isInstant ? "at once" : "slow"
    (sessions, failed, breaches) = (figure.sessions, figure.failed, figure.breaches)
    (low, high) = (figure.spread.lowerBound, figure.spread.upperBound)
  }
}

extension TargetNotes {
  /// The same as properties of a test suite.
  var properties: [(String, String)] {
    let added = addedDelay.text.map { [("added delay", $0)] } ?? []
    return added + load.map { ($0.shape, $0.rate) }
  }
}
