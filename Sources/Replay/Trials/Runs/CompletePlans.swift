// The set `complete`: few plans that try every context of a cut and every pair of contexts. A plan has
// one cut per event, so that many contexts share a plan; a covering array puts each pair of contexts into
// one event of some plan. Bugs that depend on more than two cuts at once need `replay prove`.

internal import MockQwen

/// The plans of the set `complete` for one session.
struct CompletePlans {
  /// The most cuts in a plan: its line stays readable, and long answers stay quick.
  private static let cutsMax = 400
  /// The most pairs of cuts in a plan, each pair in one event.
  private static let pairCutsMax = 64
  /// The most plans for pairs.
  private static let pairPlansMax = 120

  private let session: Session
  /// For each event the offsets of its bytes.
  private let events: [Range<Int>]
  private let contexts: [CutContext]
  private let transmission: Transmission

  init(_ session: Session) {
    self.session = session
    transmission = Transmission(session, Plan())
    contexts = bodyContexts(session.body)
    var start = 0
    var events: [Range<Int>] = []
    for border in bodyCuts(.places(.events), session) + [session.body.count]
    where border > start {
      events.append(start..<border)
      start = border
    }
    self.events = events
  }

  /// All plans, the simplest first.
  var all: [Plan] {
    let singles = packed()
    let pairs = pairs()
    let onWire = Self.plans(packedWire()) { $0.cuts = .at($1) }
    return mixes
      + Self.plans(singles.map(wireOffsets)) { $0.cuts = .at($1) }
      + Self.plans(singles) { ($0.cuts, $0.chunks) = (.whole, .at($1)) }
      + onWire + Self.plans(pairs.map(wireOffsets)) { $0.cuts = .at($1) }
      + faults
  }

  private static func plans(_ cuts: [[Int]], _ set: (inout Plan, [Int]) -> Void) -> [Plan] {
    cuts.filter { !$0.isEmpty }.map { offsets in
      var plan = Plan()
      set(&plan, offsets)
      return plan
    }
  }

  private func wireOffsets(_ offsets: [Int]) -> [Int] {
    offsets.map { transmission.wireOffset(behindBody: $0) }
  }

  // MARK: One cut per event

  /// Cuts in the body, one per event, that together cover every context that occurs.
  private func packed() -> [[Int]] {
    var open = Set(contexts.indices.dropFirst().map { contexts[$0] })
    var plans: [[Int]] = []
    while !open.isEmpty {
      var cuts: [Int] = []
      for event in events where cuts.count < Self.cutsMax {
        guard let offset = event.first(where: { $0 > 0 && open.contains(contexts[$0]) }) else {
          continue
        }
        open.remove(contexts[offset])
        cuts.append(offset)
      }
      guard !cuts.isEmpty else { break }
      plans.append(cuts)
    }
    return plans
  }

  /// Cuts on the wire outside body bytes: each context of the head, of chunks and of the end.
  private func packedWire() -> [[Int]] {
    var seen: Set<CutContext> = []
    let first = wireContexts(transmission).filter { seen.insert($0.context).inserted }
    // Neighbouring cuts would leave no bytes between them: every third goes into the same plan.
    return (0..<3).map { turn in
      first.enumerated().filter { $0.offset % 3 == turn }.map(\.element.offset).sorted()
    }
  }

  // MARK: Pairs

  /// Two cuts per event that together cover every pair of contexts that one event can show.
  private func pairs() -> [[Int]] {
    struct Pair: Hashable { var first, second: CutContext }
    var covered: Set<Pair> = []
    var plans: [[Int]] = []
    var hasMore = true
    while hasMore, plans.count < Self.pairPlansMax {
      hasMore = false
      var cuts: [Int] = []
      for event in events where cuts.count < Self.pairCutsMax * 2 {
        guard let pair = firstPair(in: event, { !covered.contains(Pair(first: $0, second: $1)) })
        else { continue }
        covered.insert(Pair(first: contexts[pair.0], second: contexts[pair.1]))
        cuts += [pair.0, pair.1]
        hasMore = true
      }
      if !cuts.isEmpty { plans.append(cuts) }
    }
    return plans
  }

  private func firstPair(
    in event: Range<Int>, _ isOpen: (CutContext, CutContext) -> Bool
  ) -> (Int, Int)? {
    // For each context only the first place is used, which keeps the number of pairs small.
    var places: [(offset: Int, context: CutContext)] = []
    var seen: Set<CutContext> = []
    for offset in event where offset > 0 && seen.insert(contexts[offset]).inserted {
      places.append((offset, contexts[offset]))
    }
    for (index, first) in places.enumerated() {
      for second in places[(index + 1)...] where isOpen(first.context, second.context) {
        return (first.offset, second.offset)
      }
    }
    return nil
  }

  // MARK: Mixes and faults

  /// Everything in one write, every byte in its own, and in between: even, sparse, dense, uneven.
  private var mixes: [Plan] {
    var plans = SessionPlans(session, set: .quick, seed: 1, isOnSockets: false).plans
      .filter { $0.fault == nil }
    let end = transmission.bytes.count
    let half = end / 2
    for step in [2, 3, 5, 13, 64] { plans.append(Self.plan(cuts: .every(step))) }
    // A long fragment before short ones, and the reverse: some bugs need a full buffer first.
    plans.append(Self.plan(cuts: .at(Array(half..<min(half + Self.cutsMax, end)))))
    plans.append(Self.plan(cuts: .at(Array(1..<max(min(half, Self.cutsMax), 1)))))
    return plans
  }

  private static func plan(cuts: Cuts) -> Plan {
    var plan = Plan()
    plan.cuts = cuts
    return plan
  }

  /// Each kind of fault at one place of each context, under each framing.
  private var faults: [Plan] {
    [transmission.framing, .length, .close].flatMap { framing -> [Plan] in
      let framed =
        framing == transmission.framing
        ? transmission : Transmission(session, framing: framing, chunks: .whole)
      return faultPlaces(framed).flatMap { place in
        Fault.Kind.plain.map { kind in
          var plan = Self.plan(cuts: .places(.events))
          plan.framing = framing
          plan.fault = Fault(kind, at: place)
          return plan
        }
      }
    }
  }

  private func faultPlaces(_ transmission: Transmission) -> [Int] {
    var seen: Set<CutContext> = []
    var places = [0, transmission.headEnd, transmission.bytes.count]
    for (offset, context) in wireContexts(transmission) where seen.insert(context).inserted {
      places.append(offset)
    }
    // The last occurrence, because more has come by then.
    for offset in contexts.indices.reversed() where seen.insert(contexts[offset]).inserted {
      places.append(transmission.wireOffset(behindBody: offset))
    }
    return Set(places).sorted()
  }
}
