// The example of a defect, made small: one cut instead of thousands, no fault that is not needed. The
// model that explains the defect is shrunk first, which costs nothing; the proxy is then asked whether
// it fails there too. Where there is no model, the proxy itself is asked a few times.

internal import Judging
internal import MockQwen

/// Looks for the smallest plan that still shows a defect.
struct ExampleSearch {
  /// Runs of the model, and questions to the proxy.
  private static let modelRunsMax = 80
  /// What they may cost in all, in the units of `PreparedDelivery.cost`.
  private static let modelCostMax = 150_000
  private static let questionsMax = 10
  /// Longer bodies, in bytes, take too long to be run again and again.
  private static let bodyMax = 16 * 1024
  /// So often an example is run in all before it is shown.
  private static let runsMin = 3

  let example: DiagnosisCase
  let model: BugModel?

  /// The smallest case that the proxy fails in the same way, and how often it does; the example itself
  /// where none is smaller or nobody answers.
  func smallest(asking subject: inout some Witness) throws -> DiagnosisCase {
    var best = example
    if let small = shrunkModel(), small != best.plan, let seen = try ask(&subject, small) {
      best = seen
    } else if best.isCut {
      best = try shrunk(best, asking: &subject)
    }
    // The run itself counts.
    if best.rate.runs == 0 { best.rate = Rate(failed: 1, runs: 1) }
    while best.rate.runs < Self.runsMin,
      let seen = try subject.look(at: best.session, best.plan)
    {
      best.rate.runs += 1
      best.rate.failed += seen.sighting.isFailure ? 1 : 0
    }
    return best
  }

  /// The smallest plan under which the model fails as the proxy does; nil when it does not.
  private func shrunkModel() -> Plan? {
    guard let model, let kind = example.violations.first,
      example.session.body.count <= Self.bodyMax, example.plan.streams == 1
    else { return nil }
    let prepared = PreparedDelivery(example.session, example.plan)
    let runsMax = min(Self.modelRunsMax, Self.modelCostMax / prepared.cost)
    let shown = model.sighting(prepared)
    guard shown.symptoms.contains(kind.kind) else { return nil }
    let session = example.session
    let shrinker = Shrinker(
      session, example.plan, fails: kind.check, kind.name, runsMax: runsMax
    ) { changed, plan in
      guard changed == session else { return [] }
      let isSame = model.sighting(PreparedDelivery(changed, plan)).symptoms.contains(kind.kind)
      return isSame ? [Violation(check: kind.check, name: kind.name, detail: "")] : []
    }
    shrinker.shrinkPlan()
    return shrinker.best.plan
  }

  /// What the proxy shows under another plan; nil when that is not the same defect.
  private func ask(_ subject: inout some Witness, _ plan: Plan) throws -> DiagnosisCase? {
    guard var seen = try subject.look(at: example.session, plan),
      let first = example.violations.first,
      seen.violations.contains(where: { $0.kind == first.kind })
    else { return nil }
    (seen.count, seen.rate) = (example.count, Rate(failed: 1, runs: 1))
    return seen
  }

  /// The example as small as a few questions make it.
  private func shrunk(
    _ start: DiagnosisCase, asking subject: inout some Witness
  ) throws -> DiagnosisCase {
    guard let kind = start.violations.first else { return start }
    var asked = subject
    let session = start.session
    let shrinker = Shrinker(
      session, start.plan, fails: kind.check, kind.name, runsMax: Self.questionsMax
    ) { changed, plan in
      changed == session ? try asked.look(at: changed, plan)?.violations ?? [] : []
    }
    shrinker.shrinkPlan()
    guard shrinker.best.plan != start.plan else { return start }
    return try ask(&subject, shrinker.best.plan) ?? start
  }
}

extension DiagnosisCase {
  /// Whether there is more than one cut, so that there may be a smaller plan.
  fileprivate var isCut: Bool { Delivery(session, plan).fragmentEnds.count > 2 }
}
