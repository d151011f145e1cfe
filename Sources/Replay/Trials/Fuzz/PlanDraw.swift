// Draws plans: cuts of both layers, framing, anomalies, pacing, at most one fault, and what clients do.
// Half of the offsets are drawn where something ends or begins, because a fault in the middle of a text
// finds little.

internal import Judging
internal import MockQwen
internal import Recordings
internal import Sockets

extension Plan {
  /// Whether one client asks once and reads to the end, without a pause.
  fileprivate var isForOneReader: Bool {
    pacing == .none && request == .plain && behavior == nil && firstStatus == nil && streams == 1
  }
}

/// Draws the parts of a plan.
enum PlanDraw {
  /// Draws a plan for a session; returns it with the session under the plan's framing and chunks.
  package static func plan(
    _ session: Session, _ generator: inout SeededGenerator
  ) -> (plan: Plan, transmission: Transmission) {
    var plan = Plan()
    plan.framing = framing(&generator)
    plan.chunks = chunks(session, &generator)
    plan.pacing = pacing(&generator)
    let transmission = Transmission(session, plan)
    plan.cuts = cuts(transmission, &generator)
    if generator.hits(3, in: 8) {
      let kind = generator.pick(Fault.Kind.plain)
      let isFirst = generator.hits(1, in: 16)
      plan.fault = Fault(kind, at: isFirst ? 0 : offset(transmission, &generator))
    }
    drawClient(session, &plan, &generator)
    let isOdd = generator.hits(1, in: 8)
    if isOdd { plan.anomalies = anomalies(&generator) }
    if plan.isForOneReader, generator.hits(1, in: 64) {
      plan.stop = generator.number(in: 0...session.body.count)
    }
    if generator.hits(1, in: 12) { drawRecords(transmission, &plan, &generator) }
    return (plan, isOdd ? Transmission(session, plan) : transmission)
  }

  /// What the client does, and how many clients there are.
  private static func drawClient(
    _ session: Session, _ plan: inout Plan, _ generator: inout SeededGenerator
  ) {
    if generator.hits(1, in: 12) {
      let isFirst = generator.hits(1, in: 8)
      plan.behavior = ClientBehavior(
        generator.pick(ClientBehavior.Kind.allCases),
        at: isFirst ? 0 : generator.number(in: 0...session.body.count))
      if plan.behavior?.kind == .pauses, generator.hits(1, in: 2) {
        plan.behavior?.rest = generator.pick([1, 9, 31, 59, 61, 241, 600]) * 1_000
      }
    }
    if generator.hits(1, in: 12) { plan.request = generator.pick(RequestForm.allCases) }
    if generator.hits(1, in: 64) { plan.firstStatus = generator.pick([401, 403, 429, 500, 503]) }
    if generator.hits(1, in: 128) { plan.streams = generator.number(in: 2...4) }
    if generator.hits(1, in: plan.behavior?.kind == .halfcloses ? 2 : 10) {
      let isStalled = plan.fault?.kind == .stall || session.ending == .timeout
      plan.core = core(plan, isStalled: isStalled, &generator)
    }
    if generator.hits(1, in: 256) { plan.reach = generator.pick([.refuses, .silent]) }
  }

  /// Where TLS records end, what comes between them, and how they break off.
  private static func drawRecords(
    _ transmission: Transmission, _ plan: inout Plan, _ generator: inout SeededGenerator
  ) {
    if !generator.hits(1, in: 4) {
      plan.records = RecordCuts(cuts(transmission, &generator))
      plan.records?.hasEmpty = generator.hits(1, in: 8)
    }
    if plan.records == nil || generator.hits(1, in: 4) {
      plan.handshake = HandshakeMessage(
        generator.pick(HandshakeMessage.Kind.allCases), at: offset(transmission, &generator))
    }
    if plan.fault != nil, generator.hits(3, in: 4) {
      plan.fault?.kind = generator.pick([.truncate, .alert, .tear])
    }
  }

  /// One setting of the core, sometimes two; those that fit what is already drawn more often.
  private static func core(
    _ plan: Plan, isStalled: Bool, _ generator: inout SeededGenerator
  ) -> CoreWords {
    var words = CoreWords()
    guard plan.behavior == nil, plan.firstStatus == nil else {
      // The documentation does not give the exact moment at which a limit ends a client that leaves or
      // rests.
      words.keepsHalfClosed = plan.behavior?.kind == .halfcloses
      words.asksForKey = generator.hits(1, in: 2)
      words.reuses = generator.hits(1, in: 2)
      return words
    }
    for _ in 0..<(generator.hits(1, in: 4) ? 2 : 1) {
      switch generator.number(below: 12) {
      // A stall of minutes must not become thousands of heartbeats.
      case 0, 1:
        words.heartbeat =
          isStalled ? generator.number(in: 30_000...100_000) : generator.number(in: 1...200)
      case 2: words.total = generator.number(in: 1...2_000)
      case 3: words.idle = generator.number(in: 1...200)
      case 4: words.first = generator.number(in: 1...2_000)
      case 5: words.block = generator.number(in: 1...200)
      case 6 where plan.streams > 1: words.connections = generator.number(in: 1...3)
      case 6: words.connect = generator.number(in: 1...20_000)
      case 7: words.reuses = true
      case 8, 9: words.joins = true
      case 10: words.asksForKey = true
      default: words.namesModel = true
      }
    }
    return words
  }

  /// The borders of the classes of bytes, and the bytes with a meaning.
  private static let borderOctets: [UInt8] =
    Array(" \t\r\n\0!\"#(),-./09:;<=>?@AFGZ[\\]^_`afgz{|}~".utf8)
    + [0x01, 0x08, 0x0B, 0x0C, 0x0E, 0x1F, 0x7F, 0x80, 0xFF]

  /// A byte at a place; every second one is at a border of the classes.
  static func octet(_ generator: inout SeededGenerator) -> OddOctet? {
    let place = generator.pick(OddOctet.Place.allCases)
    let byte =
      generator.hits(1, in: 2)
      ? generator.pick(borderOctets) : UInt8(truncatingIfNeeded: generator.next())
    return OddOctet(place, byte)
  }

  /// Moves a plan to a limit of the embedded proxy, or one beyond it. A head of thousands of bytes does
  /// not come in single bytes.
  static func set(_ plan: inout Plan, toLimit generator: inout SeededGenerator) {
    let kinds = ResponseAnomalies.names.map(\.anomaly).filter(ResponseAnomalies.limits.contains)
    plan.anomalies = generator.pick(kinds)
    plan.cuts = .random(seed: generator.next(), count: 3)
    if case .chunked = plan.framing {} else { plan.framing = .chunked(ChunkDress()) }
  }

  /// One anomaly, sometimes two. Those at limits are drawn by `set(_:toLimit:)`.
  private static func anomalies(_ generator: inout SeededGenerator) -> ResponseAnomalies {
    let kinds = ResponseAnomalies.names.map(\.anomaly).prefix { $0 != .fullHead }
    let drawn = generator.pick(Array(kinds))
    guard generator.hits(1, in: 4) else { return drawn }
    return drawn.union(generator.pick(Array(kinds)))
  }

  private static func framing(_ generator: inout SeededGenerator) -> PlanFraming {
    switch generator.number(below: 8) {
    case 0, 1: return .length
    case 2, 3: return .close
    default:
      var dress = ChunkDress()
      if generator.hits(1, in: 2) {
        let bits = generator.number(below: 16)
        dress.extensions = bits & 1 != 0
        dress.trailers = bits & 2 != 0
        dress.upper = bits & 4 != 0
        dress.zeros = bits & 8 != 0
      }
      return .chunked(dress)
    }
  }

  private static let bodyPlaces: [Cuts.Place] = [
    .events, .crlf, .blank, .utf8, .fields, .escapes, .done,
  ]

  private static func chunks(_ session: Session, _ generator: inout SeededGenerator) -> Cuts {
    switch generator.number(below: 16) {
    case 0...4: return .places(.events)
    case 5, 6: return .whole
    case 7...9: return .places(generator.pick(bodyPlaces))
    case 10: return .recorded
    case 11, 12: return random(&generator)
    case 13: return .every(generator.number(in: 1...32))
    default:
      let count = generator.number(in: 1...3)
      return at((0..<count).map { _ in generator.number(in: 0...session.body.count) })
    }
  }

  private static func cuts(_ transmission: Transmission, _ generator: inout SeededGenerator) -> Cuts
  {
    switch generator.number(below: 32) {
    case 0...4: return .whole
    case 5...11: return .places(generator.pick(Cuts.Place.allCases.filter { $0 != .head }))
    case 12: return .places(.head)
    case 13: return .recorded
    case 14...19: return random(&generator)
    case 20: return .every(generator.number(in: 1...4))
    case 21, 22: return .every(generator.number(in: 5...200))
    default:
      let count = generator.number(in: 1...4)
      return at((0..<count).map { _ in offset(transmission, &generator) })
    }
  }

  /// Explicit cuts; an offset that cannot be cut is dropped when the plan is applied.
  private static func at(_ offsets: [Int]) -> Cuts {
    var rising = offsets.filter { $0 > 0 }.sorted()
    for index in rising.indices.reversed() where index > 0 && rising[index] == rising[index - 1] {
      rising.remove(at: index)
    }
    return rising.isEmpty ? .whole : .at(rising)
  }

  private static func random(_ generator: inout SeededGenerator) -> Cuts {
    .random(seed: UInt64(generator.number(below: 1_000_000)), count: generator.number(in: 1...10))
  }

  private static func pacing(_ generator: inout SeededGenerator) -> Pacing {
    switch generator.number(below: 8) {
    case 0: .recorded
    // Short, so that a head in single bytes still comes before the proxy gives up.
    case 1: .fixed(generator.number(in: 1...100))
    default: .none
    }
  }

  /// An offset in a response, from 0 to its end; half of them near a border.
  private static func offset(_ transmission: Transmission, _ generator: inout SeededGenerator)
    -> Int
  {
    let end = transmission.bytes.count
    let session = transmission.session
    let drawn: Int
    switch generator.number(below: 8) {
    case 0: drawn = generator.number(in: 0...end)
    case 1: drawn = transmission.headEnd + generator.number(in: -1...1)
    case 2: drawn = end - generator.number(in: 0...7)
    case 3 where !transmission.runs.isEmpty:
      let run = generator.pick(transmission.runs)
      drawn = (generator.hits(1, in: 2) ? run.wire : run.wireEnd) + generator.number(in: -2...2)
    case 4 where !session.fragments.isEmpty, 5 where !session.fragments.isEmpty:
      drawn =
        transmission.wireOffset(behindBody: generator.pick(session.fragments).end)
        + generator.number(in: -4...2)
    case 6:
      // Right after each half of a line end of the body.
      let start = generator.number(in: 0...session.body.count)
      let place = session.body[start...].firstIndex(of: 0x0D) ?? start
      drawn =
        transmission.wireOffset(behindBody: min(place + 1, session.body.count))
        + generator.number(in: 0...1)
    default:
      drawn = transmission.wireOffset(behindBody: generator.number(in: 0...session.body.count))
    }
    return min(max(drawn, 0), end)
  }
}
