// A case while it shrinks. A change of the body or of the framing moves every byte after it. So cuts and
// faults are kept, during the change, as places relative to the body, and put back where those places are
// afterwards. The order of sizes tells which of two cases is simpler: first what breaks, then how much
// there is, then its spelling, then numbers and letters.

internal import Judging
internal import MockQwen
internal import Recordings
internal import Wire

/// A session and a plan that may be simpler than another.
struct ShrinkCandidate: Hashable, Sendable {
  package private(set) var session: Session
  package private(set) var plan: Plan

  init(_ session: Session, _ plan: Plan) {
    self.session = session
    self.plan = plan
  }

  package var transmission: Transmission {
    Transmission(session, plan)
  }

  /// What is compared, the most important first; smaller is simpler.
  package var size: [Int] {
    let transmission = transmission
    let cuts = wireCuts(plan.cuts, transmission)
    let chunks = bodyCuts(plan.chunks, session)
    let blocks = ReferenceReader.blocks(in: session.body)
    return [
      session.ending == .complete ? 0 : 1,
      (plan.fault == nil ? 0 : 1) + (plan.behavior == nil ? 0 : 1)
        + (plan.firstStatus == nil ? 0 : 1) + (plan.reach == .answers ? 0 : 1),
      plan.core == CoreWords() ? 0 : 1 + plan.core.description.count { $0 == "+" },
      (plan.records == nil ? 0 : plan.records?.hasEmpty == true ? 3 : 1)
        + (plan.handshake == nil ? 0 : 1),
      plan.streams - 1, plan.stop == nil ? 0 : 1, Self.rank(plan.request),
      plan.anomalies.rawValue.nonzeroBitCount + (plan.octet == nil ? 0 : 1),
      blocks.last?.isFinished == false ? 1 : 0, headRank, blocks.count, session.body.count,
      Self.rank(chunks: plan.chunks), chunks.count, cuts.count, Self.rank(plan.cuts),
      framingRank, pacingRank, cuts.reduce(0, +), chunks.reduce(0, +),
      plan.fault.map { $0.offset * 8 + Self.rank($0.kind) } ?? 0,
      plan.records.map { Self.rank($0.ends) } ?? 0, recordEnds.count, recordEnds.reduce(0, +),
      plan.handshake.map { $0.offset * 2 + ($0.kind == .rekey ? 0 : 1) } ?? 0,
      CoreWords.numbers.reduce(0) { $0 + (plan.core[keyPath: $1.path] ?? 0) }, plan.stop ?? 0,
      plan.behavior.map { $0.offset * 8 + Self.rank($0.kind) } ?? 0, plan.behavior?.rest ?? 0,
      session.body.count { $0 != UInt8(ascii: "a") && $0 != 0x0A }, session.fragments.count,
    ]
  }

  private var recordEnds: [Int] {
    plan.records.map { wireCuts($0.ends, transmission) } ?? []
  }

  private var headRank: Int {
    (session.response == .plainStream ? 0 : 1)
      + (session.request == .plainStream ? 0 : 1)
  }

  private static func rank(_ cuts: Cuts) -> Int {
    switch cuts {
    case .whole: 0
    case .at: 1
    case .every: 2
    case .places, .recorded, .random: 3
    }
  }

  /// The plan's default comes first: a word that is not printed is simplest.
  private static func rank(chunks: Cuts) -> Int {
    chunks == Plan().chunks ? 0 : 1 + rank(chunks)
  }

  private static func rank(_ kind: Fault.Kind) -> Int {
    Fault.Kind.allCases.firstIndex(of: kind) ?? 0
  }

  private static func rank(_ kind: ClientBehavior.Kind) -> Int {
    ClientBehavior.Kind.allCases.firstIndex(of: kind) ?? 0
  }

  private static func rank(_ form: RequestForm) -> Int {
    RequestForm.allCases.firstIndex(of: form) ?? 0
  }

  private var framingRank: Int {
    switch plan.framing {
    case .chunked(let dress):
      [dress.extensions, dress.trailers, dress.upper, dress.zeros].count { $0 }
    case .length: 8
    case .close: 9
    }
  }

  private var pacingRank: Int {
    switch plan.pacing {
    case .none: 0
    case .fixed(let milliseconds): 1 + milliseconds
    case .recorded: .max
    }
  }
}

extension ShrinkCandidate {
  /// A place in a response: after `body` body bytes, and some bytes further (or, before the body, some
  /// bytes before its first).
  private struct Anchor {
    package var body: Int
    var further: Int
  }

  /// The candidate after a change. `moved` maps an offset in the old body to one in the new body.
  package func changed(
    moved: (Int) -> Int = { $0 }, _ change: (inout Session, inout Plan) -> Void
  ) -> ShrinkCandidate {
    let old = transmission
    func anchor(_ offset: Int) -> Anchor {
      let body = old.bodyCount(before: offset)
      return Anchor(body: body, further: offset - old.wireOffset(behindBody: body))
    }
    var next = self
    change(&next.session, &next.plan)
    if case .at(let offsets) = next.plan.chunks {
      next.plan.chunks = Self.explicit(offsets.map(moved).filter { $0 < next.session.body.count })
    }
    if let behavior = plan.behavior, next.plan.behavior == behavior {
      next.plan.behavior?.offset = max(moved(behavior.offset), 0)
    }
    let new = next.transmission
    func offset(_ old: Int) -> Int {
      let anchor = anchor(old)
      let body = min(moved(anchor.body), new.session.body.count)
      return min(max(new.wireOffset(behindBody: body) + anchor.further, 0), new.bytes.count)
    }
    if next.plan.cuts == plan.cuts, case .at(let offsets) = plan.cuts {
      next.plan.cuts = Self.explicit(offsets.map(offset).filter { $0 < new.bytes.count })
    }
    if let ends = plan.records?.ends, next.plan.records?.ends == ends, case .at(let offsets) = ends
    {
      next.plan.records?.ends = Self.explicit(offsets.map(offset).filter { $0 < new.bytes.count })
    }
    if let message = plan.handshake, next.plan.handshake == message {
      next.plan.handshake?.offset = offset(message.offset)
    }
    if let fault = plan.fault, next.plan.fault == fault {
      next.plan.fault = Fault(fault.kind, at: offset(fault.offset))
    }
    return next
  }

  /// The candidate without some of its body.
  func removing(_ range: Range<Int>) -> ShrinkCandidate {
    changed { offset in
      offset <= range.lowerBound ? offset : max(offset - range.count, range.lowerBound)
    } _: { session, _ in
      session.body.removeSubrange(range)
      let count = session.body.count
      session.fragments = count == 0 ? [] : [Session.Fragment(end: count, milliseconds: 0)]
    }
  }

  /// The candidate with one byte of its body replaced by `a`.
  func withPlainByte(at index: Int) -> ShrinkCandidate {
    changed { session, _ in session.body[index] = UInt8(ascii: "a") }
  }

  /// The candidate with its cuts as a list of offsets.
  func withExplicitCuts() -> ShrinkCandidate {
    var next = self
    next.plan.cuts = Self.explicit(wireCuts(plan.cuts, transmission))
    return next
  }

  /// The candidate with the ends of its records as a list of offsets.
  func withExplicitRecords() -> ShrinkCandidate {
    var next = self
    next.plan.records?.ends = Self.explicit(recordEnds)
    return next
  }

  /// The candidate with its chunks as a list of offsets.
  func withExplicitChunks() -> ShrinkCandidate {
    var next = self
    next.plan.chunks = Self.explicit(bodyCuts(plan.chunks, session))
    return next
  }

  /// The candidate with each cut between chunks as a cut between writes instead.
  func withChunkCutsAsWrites() -> ShrinkCandidate {
    var next = self
    let transmission = transmission
    let between = bodyCuts(plan.chunks, session).map(transmission.wireOffset(behindBody:))
    next.plan.cuts = Self.explicit(wireCuts(plan.cuts, transmission) + between)
    return next.changed { _, plan in plan.chunks = Plan().chunks }
  }

  /// The candidate with a complete session and a fault in the plan, instead of a session that was cut.
  func withFaultForEnding() -> ShrinkCandidate {
    var next = self
    let end = transmission.bytes.count
    if plan.fault == nil { next.plan.fault = Fault(.fin, at: end) }
    return next.changed { session, _ in session.ending = .complete }
  }

  static func explicit(_ offsets: [Int]) -> Cuts {
    let rising = Set(offsets.filter { $0 > 0 }).sorted()
    return rising.isEmpty ? .whole : .at(rising)
  }
}
