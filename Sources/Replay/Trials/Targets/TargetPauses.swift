// A pause of the upstream in real time. Proxies of others do something of their own when nothing comes:
// they send a comment, or give up. A run of several recordings has one such plan, because it takes seconds.

internal import MockQwen
internal import Wire

extension SessionPlans {
  /// How long the upstream pauses, in milliseconds: what `Condition.pauseInBlock` asks for.
  static let pauseTime = 5_000
  /// Runs of fewer recordings have no such plan.
  static let pausingRecordingsMin = 2

  /// Whether a run of these plans has a plan with a pause.
  static func arePausing(_ plans: PlanChoice?) -> Bool {
    switch plans {
    case nil, .set(.quick), .set(.standard), .set(.complete), .set(.exhaustive): true
    case .set(.load), .one: false
    }
  }

  /// A pause in the middle of an event, half-way through the stream; nil where there is no event stream.
  static func pausing(_ session: Session) -> Plan? {
    guard session.response.fields["Content-Type"]?.hasPrefix("text/event-stream") == true else {
      return nil
    }
    let plan = Plan()
    let transmission = Transmission(session, framing: plan.framing, chunks: plan.chunks)
    let borders = wireCuts(.places(.events), transmission)
    guard borders.count > 1 else { return nil }
    let middle = (borders.count - 1) / 2
    var pausing = plan
    pausing.cuts = .at([(borders[middle] + borders[middle + 1]) / 2])
    pausing.pacing = .fixed(pauseTime)
    return pausing
  }
}
