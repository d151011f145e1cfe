package import MockQwen

/// Which plans a run tries.
package enum PlanChoice: Sendable {
  case set(PlanSet)
  case one(Plan)

  /// The plans as a report names them.
  package var text: String {
    switch self {
    case .set(let set): set.rawValue
    case .one(let plan): plan.description
    }
  }
}
