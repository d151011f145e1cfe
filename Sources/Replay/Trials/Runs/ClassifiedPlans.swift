// The plans of a set sorted by what they exercise, so that only those that can trigger a bug are run.

internal import Judging
package import MockQwen

/// The plans of a set for one session, each with the classes that it exercises.
package struct ClassifiedPlans: Sendable {
  package let session: Session
  private let plans: [(plan: Plan, classes: ClassSet)]

  package init(_ session: Session, _ plans: some Sequence<Plan>) {
    self.session = session
    let whole = Expectation.whole(session)
    let features = SessionFeatures(session, whole)
    self.plans = plans.map { plan in
      let delivery = Delivery(session, plan)
      let expectation = Expectation.of(delivery, whole: whole)
      return (plan, features.conditions(of: delivery, expectation).classes)
    }
  }

  /// The plans that exercise a class; if there are more than `countMax`, that many of them, evenly
  /// spread.
  package func plans(exercising bugClass: BugClass, atMost countMax: Int) -> [Plan] {
    let all = plans.filter { $0.classes.contains(bugClass) }.map(\.plan)
    guard all.count > countMax else { return all }
    return (0..<countMax).map { all[$0 * all.count / countMax] }
  }
}
