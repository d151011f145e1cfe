// The shrinking steps for TLS.

internal import MockQwen

extension Shrinker {
  func simplifyRecords() {
    tryChange { _, plan in plan = plan.withoutTLS }
    tryChange { _, plan in plan.handshake = nil }
    tryChange { _, plan in plan.records = nil }
    tryChange { _, plan in plan.records?.hasEmpty = false }
    tryChange { _, plan in plan.records?.ends = .whole }
  }

  func lowerRecords() {
    guard let offset = best.plan.handshake?.offset else { return }
    tryChange { _, plan in plan.handshake?.kind = .rekey }
    _ = largest(upTo: offset) { less in
      take(best.changed { _, plan in plan.handshake?.offset = offset - less })
    }
  }
}
