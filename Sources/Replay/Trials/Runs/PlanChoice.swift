package import MockQwen

/// Which plans a run uses.
package enum PlanChoice: Sendable {
  case set(PlanSet)
  case one(Plan)

  /// The plans, as named in a report.
  package var text: String {
    switch self {
    case .set(let set): set.rawValue
    case .one(let plan): plan.description
    }
  }
}
