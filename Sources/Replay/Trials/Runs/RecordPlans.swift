// The plans for a target whose upstream uses TLS: every way in which records, writes and chunks can
// overlap, what may come between records, and each way to break off.

internal import MockQwen

extension SessionPlans {
  /// Plans that only an upstream with TLS can deliver.
  static func overTLS(_ session: Session, seed: UInt64) -> [Plan] {
    let transmission = Transmission(session, Plan())
    let middle = transmission.wireOffset(behindBody: session.body.count / 2)
    let isLong = session.body.count >= longBytesMin
    let fine = isLong ? Cuts.every(1_460) : .every(1)
    let layouts: [(cuts: Cuts, records: Cuts)] = [
      (.whole, .whole), (.whole, .places(.events)), (.whole, fine), (.whole, .places(.utf8)),
      (.every(isLong ? 1_460 : 13), .whole), (.every(isLong ? 1_460 : 13), .places(.events)),
      (.places(.events), .places(.crlf)), (.places(.events), .places(.sizes)),
      (.places(.events), .every(isLong ? 1_461 : 7)), (.recorded, .recorded),
      (.random(seed: seed, count: 10), .random(seed: seed + 1, count: 10)),
    ]
    var plans = layouts.map { cuts, records in
      var plan = Plan()
      (plan.cuts, plan.records) = (cuts, RecordCuts(records))
      return plan
    }
    for kind in HandshakeMessage.Kind.allCases {
      var plan = Plan()
      plan.cuts = .places(.events)
      plan.handshake = HandshakeMessage(kind, at: middle)
      plans.append(plan)
    }
    for framing in [Plan().framing, .length, .close] {
      let transmission = Transmission(session, framing: framing, chunks: Plan().chunks)
      let middle = transmission.wireOffset(behindBody: session.body.count / 2)
      for kind in Fault.Kind.allCases where kind.isTLS {
        for offset in [0, transmission.headEnd, middle, transmission.bytes.count - 1] {
          var plan = Plan()
          (plan.cuts, plan.framing) = (.places(.events), framing)
          plan.fault = Fault(kind, at: offset)
          plans.append(plan)
        }
      }
    }
    return plans
  }
}
