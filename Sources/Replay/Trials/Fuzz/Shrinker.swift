// Makes a failing case small. A candidate is taken when it is simpler by the order of
// `ShrinkCandidate.size` and still fails the same check in the same way; so shrinking always ends, and
// always at the same case. The passes are repeated until none finds anything. Each tries large steps
// first and doubles them while they succeed, so that irrelevant parts are removed in a few runs, however
// long they are.

internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Wire

/// The largest number for which `holds` is true, found by doubling; `holds(0)` is taken as true.
func largest(upTo limit: Int, where holds: (Int) -> Bool) -> Int {
  var low = 0
  var step = 1
  while low + step <= limit, holds(low + step) {
    low += step
    step *= 2
  }
  while step > 1 {
    step /= 2
    if low + step <= limit, holds(low + step) { low += step }
  }
  return low
}

/// Shrinks one failing case.
final class Shrinker {
  /// The most runs; a case that needs more stays as it is then.
  static let runsMax = 10_000
  private let runsMax: Int

  private let violations: (Session, Plan) throws -> [Violation]
  private let givesUp: () -> Bool
  private let check: Check
  private let name: String
  package private(set) var best: ShrinkCandidate
  private var bestSize: [Int]
  /// Runs so far.
  package private(set) var runs = 0

  /// - Parameters:
  ///   - runsMax: The most runs.
  ///   - givesUp: Whether to stop now.
  ///   - violations: Runs a case and returns its violations.
  init(
    _ session: Session, _ plan: Plan, fails check: Check, _ name: String,
    runsMax: Int = Shrinker.runsMax, givesUp: @escaping () -> Bool = { false },
    by violations: @escaping (Session, Plan) throws -> [Violation]
  ) {
    best = ShrinkCandidate(session, plan)
    bestSize = best.size
    self.runsMax = runsMax
    self.violations = violations
    self.givesUp = givesUp
    self.check = check
    self.name = name
  }

  /// Shrinks until no pass finds anything.
  func shrink() {
    var size: [Int] = []
    while size != bestSize, !isOver {
      size = bestSize
      simplifyPlan()
      removeBlocks()
      removeCuts()
      removeLines()
      removeBytes()
      simplifyBytes()
      lowerNumbers()
    }
  }

  /// Shrinks only the plan, until no pass finds anything.
  func shrinkPlan() {
    var size: [Int] = []
    while size != bestSize, !isOver {
      size = bestSize
      simplifyPlan()
      removeCuts()
      lowerNumbers()
    }
  }

  private var isOver: Bool { runs >= runsMax || givesUp() }

  /// Takes a candidate that is simpler and fails in the same way.
  @discardableResult
  func take(_ candidate: ShrinkCandidate) -> Bool {
    let size = candidate.size
    guard size.lexicographicallyPrecedes(bestSize), !isOver else { return false }
    runs += 1
    let found = try? violations(candidate.session, candidate.plan)
    guard found?.contains(where: { $0.check == check && $0.name == name }) == true
    else { return false }
    best = candidate
    bestSize = size
    return true
  }

  func tryChange(_ change: (inout Session, inout Plan) -> Void) {
    take(best.changed(change))
  }

  private func simplifyPlan() {
    tryChange { _, plan in plan = Plan() }
    simplifyRecords()
    tryChange { _, plan in
      let cuts = plan.cuts
      plan = Plan()
      plan.cuts = cuts
    }
    tryChange { _, plan in plan.fault = nil }
    tryChange { _, plan in plan.behavior = nil }
    tryChange { _, plan in plan.behavior?.rest = nil }
    tryChange { _, plan in plan.stop = nil }
    tryChange { _, plan in plan.streams = 1 }
    tryChange { _, plan in plan.request = .plain }
    tryChange { _, plan in plan.firstStatus = nil }
    tryChange { _, plan in plan.reach = .answers }
    tryChange { _, plan in plan.core = CoreWords() }
    for word in CoreWords.numbers { tryChange { _, plan in plan.core[keyPath: word.path] = nil } }
    for word in CoreWords.switches {
      tryChange { _, plan in plan.core[keyPath: word.path] = false }
    }
    for (_, anomaly) in ResponseAnomalies.names where best.plan.anomalies.contains(anomaly) {
      tryChange { _, plan in plan.anomalies.remove(anomaly) }
    }
    tryChange { _, plan in plan.octet = nil }
    tryChange { session, _ in session.ending = .complete }
    take(best.withFaultForEnding())
    tryChange { session, _ in
      session.body += [0x0A, 0x0A]
      let last = session.fragments.last?.milliseconds ?? 0
      session.fragments.append(Session.Fragment(end: session.body.count, milliseconds: last))
    }
    tryChange { session, _ in session.response = .plainStream }
    tryChange { session, _ in session.request = .plainStream }
    tryChange { _, plan in plan.cuts = .whole }
    tryChange { _, plan in plan.chunks = Plan().chunks }
    tryChange { _, plan in plan.chunks = .whole }
    take(best.withChunkCutsAsWrites())
    tryChange { _, plan in plan.framing = Plan().framing }
    tryChange { _, plan in plan.pacing = .none }
    tryChange { session, _ in
      let count = session.body.count
      session.fragments = count == 0 ? [] : [Session.Fragment(end: count, milliseconds: 0)]
    }
    for part in [\ChunkDress.extensions, \.trailers, \.upper, \.zeros] as [WritableKeyPath<_, _>] {
      tryChange { _, plan in
        guard case .chunked(var dress) = plan.framing else { return }
        dress[keyPath: part] = false
        plan.framing = .chunked(dress)
      }
    }
  }

  private func removeBlocks() {
    var end = ReferenceReader.blocks(in: best.session.body).count
    while end > 0 {
      let base = best
      let blocks = ReferenceReader.blocks(in: base.session.body)
      end = min(end, blocks.count)
      guard end > 0 else { break }
      let last = blocks[end - 1].range.upperBound
      let upper = end
      end -= max(
        1,
        largest(upTo: upper) { less in
          take(base.removing(blocks[upper - less].range.lowerBound..<last))
        })
    }
  }

  private func removeCuts() {
    take(best.withExplicitCuts())
    removeOffsets({ $0.plan.cuts }, { $1.cuts = $0 })
    take(best.withExplicitChunks())
    removeOffsets({ $0.plan.chunks }, { $1.chunks = $0 })
    take(best.withExplicitRecords())
    removeOffsets({ $0.plan.records?.ends ?? .whole }, { $1.records?.ends = $0 })
  }

  private func removeOffsets(_ cuts: (ShrinkCandidate) -> Cuts, _ set: (Cuts, inout Plan) -> Void) {
    guard case .at(let all) = cuts(best) else { return }
    var end = all.count
    while end > 0, case .at(let offsets) = cuts(best) {
      let base = best
      let upper = min(end, offsets.count)
      let removed = largest(upTo: upper) { count in
        var fewer = offsets
        fewer.removeSubrange(upper - count..<upper)
        return take(base.changed { _, plan in set(ShrinkCandidate.explicit(fewer), &plan) })
      }
      end = upper - max(1, removed)
    }
  }

  /// Removes lines with their ends, or replaces them by `a`, because no part of text that is not ASCII
  /// can be removed alone.
  private func removeLines() {
    var end = best.session.body.count
    while end > 0, !isOver {
      let base = best
      let body = base.session.body
      var start = end - 1
      while start > 0, !Self.isLineEnd(body[start - 1]) { start -= 1 }
      let text = body[start..<end].prefix { !Self.isLineEnd($0) }
      let upper = end
      end = start
      if take(base.removing(start..<upper)) || text.count < 2 { continue }
      take(base.removing(text.startIndex + 1..<text.endIndex).withPlainByte(at: text.startIndex))
    }
  }

  private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

  /// In a run of equal bytes all are alike: if the last cannot be removed, the others are not tried.
  private func removeBytes() {
    var end = best.session.body.count
    while end > 0, !isOver {
      let base = best
      let upper = end
      let removed = largest(upTo: upper) { take(base.removing(upper - $0..<upper)) }
      end -= removed
      if removed == 0 {
        let body = base.session.body
        while end > 0, body[end - 1] == body[upper - 1] { end -= 1 }
      }
    }
  }

  /// Replaces every byte by `a` where possible, and CR by LF.
  private func simplifyBytes() {
    var start = 0
    while start < best.session.body.count, !isOver {
      let base = best
      let body = base.session.body
      let first = start
      guard body[first] != UInt8(ascii: "a"), body[first] != 0x0A else {
        start += 1
        continue
      }
      let plain = body[first] == 0x0D ? 0x0A : UInt8(ascii: "a")
      let count = largest(upTo: body.count - first) { count in
        take(
          base.changed { session, _ in
            for index in first..<first + count { session.body[index] = plain }
          })
      }
      start += count
      if count == 0 {
        while start < body.count, body[start] == body[first] { start += 1 }
      }
    }
  }

  private func lowerNumbers() {
    if case .fixed(let step) = best.plan.pacing {
      _ = largest(upTo: step) { less in
        take(best.changed { _, plan in plan.pacing = .fixed(step - less) })
      }
    }
    if let fault = best.plan.fault {
      for kind in Fault.Kind.allCases {
        tryChange { _, plan in plan.fault = plan.fault.map { Fault(kind, at: $0.offset) } }
      }
      _ = largest(upTo: fault.offset) { less in
        take(
          best.changed { _, plan in
            plan.fault = plan.fault.map { Fault($0.kind, at: fault.offset - less) }
          })
      }
    }
    _ = largest(upTo: best.plan.streams - 1) { [streams = best.plan.streams] less in
      take(best.changed { _, plan in plan.streams = streams - less })
    }
    if let behavior = best.plan.behavior {
      for kind in ClientBehavior.Kind.allCases {
        tryChange { _, plan in
          if kind != .pauses { plan.behavior?.rest = nil }
          plan.behavior?.kind = kind
        }
      }
      _ = largest(upTo: behavior.offset) { less in
        take(best.changed { _, plan in plan.behavior?.offset = behavior.offset - less })
      }
    }
    for (_, path, _) in CoreWords.numbers {
      guard let number = best.plan.core[keyPath: path] else { continue }
      _ = largest(upTo: number - 1) { less in
        take(best.changed { _, plan in plan.core[keyPath: path] = number - less })
      }
    }
    lowerOffsets({ $0.plan.cuts }, { $1.cuts = $0 })
    lowerOffsets({ $0.plan.chunks }, { $1.chunks = $0 })
    lowerRecords()
    lowerOffsets({ $0.plan.records?.ends ?? .whole }, { $1.records?.ends = $0 })
  }

  private func lowerOffsets(_ cuts: (ShrinkCandidate) -> Cuts, _ set: (Cuts, inout Plan) -> Void) {
    guard case .at(let all) = cuts(best) else { return }
    for index in all.indices {
      guard case .at(let offsets) = cuts(best), index < offsets.count else { return }
      let lowest = index == 0 ? 1 : offsets[index - 1] + 1
      _ = largest(upTo: offsets[index] - lowest) { less in
        var lower = offsets
        lower[index] -= less
        return take(best.changed { _, plan in set(.at(lower), &plan) })
      }
    }
  }
}
