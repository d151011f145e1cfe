// Named sets of plans for a session. A set depends only on the session (and a seed for the random cuts),
// so the same recording gets the same plans everywhere.

internal import Judging
package import MockQwen
internal import Recordings
internal import Wire

/// A set of plans, by how much it tries.
package enum PlanSet: String, Hashable, Sendable, CaseIterable {
  /// Every named cut, framing and pacing once, and a few faults.
  case quick
  /// `quick`, faults at every kind of place, and every single cut of responses up to 8 KB.
  case standard
  /// One cut for each context that occurs, pairs of them, and each kind of fault in each context: all
  /// bugs that depend on the context of a cut and on pairs of contexts. Chained state needs a proof. Every
  /// form of request and every setting of the core once.
  case complete
  /// `standard`, every single cut and every fault at every byte for bodies of any size.
  case exhaustive
  /// Many clients at once on connections that they keep, with a quick and a slow upstream; only for
  /// targets.
  case load
}

/// The plans for one session, in the order of the run.
package struct SessionPlans {
  /// Responses with up to this many bytes get every single cut in the standard set.
  static let everyCutMax = 8 * 1024
  /// Longer ones get this many single cuts, evenly spread.
  static let sampleCount = 128
  /// Targets get this many single cuts when no set is named.
  static let targetSampleCount = 32
  /// Bodies with at least this many bytes are cut less finely: a fragment costs about 25 µs on sockets.
  package static let longBytesMin = 64 * 1024

  /// How finely the plans with even cuts cut.
  private struct Grain {
    /// Writes, under the standard framing.
    var writes = Cuts.every(1)
    /// Writes with a pause between them.
    var paced = Cuts.every(7)
    /// Writes, under the other framings.
    var framed = Cuts.every(1)
    /// Chunks.
    var chunks = Cuts.every(1)
    /// Writes before a fault.
    var faulted = Cuts.places(.events)

    init(isLong: Bool, isOnSockets: Bool) {
      if isOnSockets { framed = .every(3) }
      guard isLong else { return }
      writes = isOnSockets ? .every(1_460) : .every(1)
      paced = .every(1_460)
      framed = .every(1_460)
      chunks = .every(61)
      faulted = .every(14_600)
    }
  }

  /// The plans that differ in more than their single cut.
  package private(set) var plans: [Plan] = []
  /// The offsets of the single cuts, each of which is a plan `cuts=N`.
  package private(set) var singleCuts: [Int] = []
  /// How many single cuts are possible.
  private(set) var singleCutCount = 0

  /// Faults at every byte, generated one by one: for a long response there are millions.
  private var everyFault: [(framing: PlanFraming, end: Int)] = []
  private var faultCuts = Cuts.whole

  /// How many plans the set has for this session.
  package var count: Int {
    plans.count + singleCuts.count
      + everyFault.reduce(0) { $0 + ($1.end + 1) * kindCount }
  }

  /// - Parameter isOnSockets: Whether to make the most expensive plans coarser.
  package init(_ session: Session, set: PlanSet, seed: UInt64, isOnSockets: Bool) {
    let standard = Plan()
    // Its plans are run in rounds until their rates are known.
    guard set != .load else { return }
    guard set != .complete else {
      plans = CompletePlans(session).all
      // How a proxy takes a request does not depend on the cuts, and no cut brings it out.
      if !isOnSockets { plans += Self.clientPlans + Self.corePlans }
      return
    }
    let transmission = Transmission(session, framing: standard.framing, chunks: standard.chunks)
    let grain = Grain(isLong: session.body.count > Self.longBytesMin, isOnSockets: isOnSockets)
    plans = Self.cutPlans(grain) + Self.framingPlans(grain)
    plans += Self.randomPlans(count: set == .quick ? 2 : 8, seed: seed)
    if set == .exhaustive {
      faultCuts = grain.faulted
      everyFault = [transmission.framing, .length, .close].map { framing in
        (framing, Transmission(session, framing: framing, chunks: .whole).bytes.count)
      }
      everyFault[0].end = transmission.bytes.count
    } else {
      plans += Self.faultPlans(transmission, set, grain)
    }
    if !isOnSockets, set != .quick { plans += Self.clientPlans + Self.corePlans }
    singleCutCount = max(transmission.bytes.count - 1, 0)
    switch set {
    case .quick, .complete, .load: singleCuts = []
    case .standard where singleCutCount >= Self.everyCutMax:
      singleCuts = spread(Self.sampleCount, below: singleCutCount)
    case .standard, .exhaustive: singleCuts = Array(1..<max(transmission.bytes.count, 1))
    }
  }

  /// The plans for a target, in real time: no stalls, and no pacing. Without a set, those of `quick` and
  /// evenly spread single cuts.
  static func forTarget(
    _ session: Session, set: PlanSet?, seed: UInt64, overTLS: Bool = false
  ) -> SessionPlans {
    var chosen = SessionPlans(session, set: set ?? .quick, seed: seed, isOnSockets: true)
    chosen.plans = chosen.plans.filter { $0.fault?.kind != .stall }.map { plan in
      var unpaced = plan
      unpaced.pacing = .none
      return unpaced
    }
    chosen.skipsStalls = true
    if overTLS { chosen.plans += Self.overTLS(session, seed: seed) }
    if set == nil { chosen.singleCuts = spread(targetSampleCount, below: chosen.singleCutCount) }
    if set != .exhaustive { chosen.plans += targetPlans(session) }
    // Some gateways take the first head for the answer. Upstreams of models hardly send another one.
    if set == .standard || set == .complete {
      var interim = plan(cuts: .places(.events))
      interim.anomalies = .interim
      chosen.plans.append(interim)
    }
    return chosen
  }

  /// Known problems of other proxies that evenly spread cuts may miss: a last CRLF that comes alone,
  /// parallel streams, a client that leaves, two events in one read, and an upstream that ends inside the
  /// first field of its head.
  private static func targetPlans(_ session: Session) -> [Plan] {
    let standard = Plan()
    let transmission = Transmission(session, framing: standard.framing, chunks: standard.chunks)
    let (bytes, head) = (transmission.bytes, transmission.bytes.prefix(transmission.headEnd))
    var plans = [plan(cuts: .at([bytes.count - 2]))]
    // A proxy that shares a buffer among streams mixes those that come in halves of events.
    if session.takesTags {
      var parallel = plan(cuts: .places(.fields))
      parallel.streams = 4
      plans.append(parallel)
    }
    // Whoever pays for tokens wants the upstream to stop when the client has left.
    if session.body.count > 1 {
      var left = plan(cuts: .places(.events))
      left.behavior = ClientBehavior(.leaves, at: 1)
      plans.append(left)
    }
    let inOneChunk = Transmission(session, framing: standard.framing, chunks: .whole)
    let borders = wireCuts(.places(.events), inOneChunk)
    let pairs = borders.indices.filter { !$0.isMultiple(of: 2) }.map { borders[$0] }
    if !pairs.isEmpty { plans.append(plan(cuts: .at(pairs), chunks: .whole)) }
    if let colon = head.firstIndex(of: UInt8(ascii: ":")) {
      var broken = plan(cuts: .places(.events))
      broken.fault = Fault(.fin, at: colon + 1)
      plans.append(broken)
    }
    return plans
  }

  /// All plans, one after the other.
  package var all: AnyIterator<Plan> {
    var varied = plans.makeIterator()
    var faults = faults.makeIterator()
    var cuts = singleCuts.makeIterator()
    return AnyIterator {
      varied.next() ?? faults.next() ?? cuts.next().map { Self.plan(cuts: .at([$0])) }
    }
  }

  /// Faults of every kind at every byte, if the set has them.
  private var faults: some Sequence<Plan> {
    let (groups, cuts) = (everyFault, faultCuts)
    let kinds = Fault.Kind.plain.filter { !skipsStalls || $0 != .stall }
    return groups.lazy.flatMap { group in
      (0...group.end).lazy.flatMap { place in
        kinds.lazy.map { kind in
          var plan = Self.plan(cuts: cuts, framing: group.framing)
          plan.fault = Fault(kind, at: place)
          return plan
        }
      }
    }
  }

  /// Whether stalls are left out.
  private var skipsStalls = false

  private var kindCount: Int {
    Fault.Kind.plain.count - (skipsStalls ? 1 : 0)
  }

  private static func plan(
    cuts: Cuts, chunks: Cuts? = nil, framing: PlanFraming? = nil, pacing: Pacing = .none
  ) -> Plan {
    var plan = Plan()
    plan.cuts = cuts
    if let chunks { plan.chunks = chunks }
    if let framing { plan.framing = framing }
    plan.pacing = pacing
    return plan
  }

  /// Every way to cut, as TCP writes and as chunks.
  private static func cutPlans(_ grain: Grain) -> [Plan] {
    var plans = [
      plan(cuts: .whole), plan(cuts: grain.writes), plan(cuts: .recorded, pacing: .recorded),
    ]
    plans += Cuts.Place.allCases.map { plan(cuts: .places($0)) }
    plans.append(plan(cuts: grain.paced, pacing: .fixed(20)))
    plans.append(plan(cuts: .whole, chunks: .whole))
    plans.append(plan(cuts: .whole, chunks: grain.chunks))
    plans.append(plan(cuts: .recorded, chunks: .places(.utf8)))
    plans.append(plan(cuts: .places(.sizes), chunks: .places(.crlf)))
    plans.append(plan(cuts: .places(.chunkends), chunks: .places(.blank)))
    plans.append(plan(cuts: .places(.events), chunks: .every(5)))
    return plans
  }

  private static func framingPlans(_ grain: Grain) -> [Plan] {
    var dress = ChunkDress()
    dress.extensions = true
    dress.trailers = true
    dress.upper = true
    dress.zeros = true
    return [PlanFraming.length, .close, .chunked(dress)].flatMap { framing in
      [Cuts.whole, grain.framed, .places(.events), .places(.last), .places(.sizes)].map {
        plan(cuts: $0, framing: framing)
      }
    }
  }

  /// Every form of request, once: the proxy's handling of it does not depend on the cuts.
  private static let clientPlans: [Plan] =
    RequestForm.allCases.dropFirst().map { form in
      var plan = plan(cuts: .places(.events))
      plan.request = form
      return plan
    }

  /// Every setting of the core, with a plan in which it makes a difference.
  private static let corePlans: [Plan] = [
    "core=heartbeat:100 pacing=250ms cuts=events", "core=heartbeat:60000 fault=stall@1400",
    "core=total:500 fault=stall@1400", "core=total:7 pacing=3ms cuts=events",
    "core=idle:10 pacing=20ms cuts=events", "core=first:50 pacing=20ms cuts=head",
    "core=block:40 cuts=events", "core=join cuts=events", "core=join cuts=events fault=fin@900",
    "core=reuse cuts=events request=again", "core=half-close cuts=events client=halfcloses@100",
    "core=keys cuts=events", "core=keys request=nokey", "core=keys request=wrongkey",
    "core=keys request=shortkey", "core=keys request=basic", "core=keys request=bothkeys",
    "core=model cuts=events request=nomodel", "core=model request=models",
    "core=connections:2 cuts=events streams=4", "cuts=events upstream=refuses",
    "cuts=events upstream=silent", "upstream=silent core=connect:50",
  ].map { line in
    do { return try Plan(line) } catch { preconditionFailure("a plan of the set: \(error)") }
  }

  private static func randomPlans(count: Int, seed: UInt64) -> [Plan] {
    (0..<UInt64(count)).map { index in
      plan(
        cuts: .random(seed: seed &+ index, count: 20),
        chunks: .random(seed: seed &+ index &+ 1_000, count: 10))
    }
  }

  /// Faults of every kind, under every framing: at interesting places, or (exhaustive) everywhere.
  private static func faultPlans(
    _ chunked: Transmission, _ set: PlanSet, _ grain: Grain
  ) -> [Plan] {
    let framings: [PlanFraming] = [chunked.framing, .length, .close]
    return framings.flatMap { framing -> [Plan] in
      let transmission =
        framing == chunked.framing
        ? chunked : Transmission(chunked.session, framing: framing, chunks: .whole)
      let places = faultPlaces(transmission, set)
      return places.flatMap { place in
        Fault.Kind.plain.map { kind in
          var plan = plan(cuts: grain.faulted, framing: framing)
          plan.fault = Fault(kind, at: place)
          return plan
        }
      }
    }
  }

  private static func faultPlaces(_ transmission: Transmission, _ set: PlanSet) -> [Int] {
    let end = transmission.bytes.count
    let head = transmission.headEnd
    var places = [0, head / 2, head, head + 1, end / 2, end - 1, end]
    if set == .standard {
      let borders = wireCuts(.places(.events), transmission)
      let middle = borders.isEmpty ? end / 2 : borders[borders.count / 2]
      places += [middle - 1, middle, middle + 1, middle + 2, middle + 3, end - 2, end - 3, end - 5]
      places += (borders.last.map { [$0, $0 + 1, $0 - 1] } ?? [])
      places += spread(8, below: end)
    }
    return Set(places.filter { 0...end ~= $0 }).sorted()
  }
}

/// `count` numbers from 1 to `end`, evenly spaced; all of them if there are fewer.
private func spread(_ count: Int, below end: Int) -> [Int] {
  guard end > count else { return Array(1..<max(end + 1, 1)) }
  return (0..<count).map { 1 + $0 * end / count }
}
