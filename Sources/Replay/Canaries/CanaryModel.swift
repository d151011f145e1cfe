// The canaries as models of their bugs: a diagnosis runs them under the plans of a run, and names the
// one that shows the same.

internal import Judging
package import MockQwen
package import ProxyServing
internal import Synchronization
package import Trials

extension Canary {
  /// All canaries as models, whose looks judge as the subject was judged.
  package static func models(judgedBy judge: SightingJudge) -> [BugModel] {
    all.compactMap { canary in
      guard let bugClass = BugClass.named(canary.bugClass) else { return nil }
      return BugModel(
        name: canary.name, bugClass: bugClass,
        probes: canary.trials.filter { $0.policy == Policy() }.map {
          BugModel.Probe(session: $0.session, plan: $0.plan)
        }
      ) { try Self.sighting(canary.core, $0, judge) }
    }
  }

  /// What a core shows, in a process of its own.
  private static func sighting<Core: ProxyCore>(
    _ core: Core.Type, _ prepared: PreparedDelivery, _ judge: SightingJudge
  ) throws -> Sighting {
    try CanaryWitness<Core>(judge: judge).sighting(at: prepared)
  }
}

/// Looks at deliveries through a core that may share memory between its streams: each look is a
/// process of its own.
package struct CanaryWitness<Core: ProxyCore>: Witness {
  private let judge: SightingJudge
  package let isFresh = true

  package init(judge: SightingJudge) { self.judge = judge }

  /// A process of its own. Proxies of others have no error event: they abort.
  private var memory: SharedMemory {
    if case .target = judge { return SharedMemory(actsAsOthers: true) }
    return SharedMemory()
  }

  package func look(at session: Session, _ plan: Plan) throws -> DiagnosisCase? {
    try witnessing { try $0.look(at: session, plan) }
  }

  func sighting(at prepared: PreparedDelivery) throws -> Sighting {
    try witnessing { try $0.sighting(at: prepared) }
  }

  private func witnessing<Result>(
    _ look: (CoreWitness<Core>) throws -> Result
  ) throws -> Result {
    let memory = memory
    let witness = CoreWitness<Core>(judge: judge) { memory.lastWords.withLock { $0 } }
    return try SharedMemory.$current.withValue(memory) { try look(witness) }
  }
}
