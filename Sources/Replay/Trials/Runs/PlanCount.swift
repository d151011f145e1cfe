// How many of how many plans are done, over all tasks of a run.

internal import Synchronization

/// A count shared by tasks.
package final class PlanCount: Sendable {
  private let done = Atomic<Int>(0)
  package let all: Int
  private let tell: @Sendable (Int, Int) -> Void

  init(of all: Int, _ tell: @escaping @Sendable (Int, Int) -> Void) {
    self.all = all
    self.tell = tell
  }

  /// Counts a plan.
  func add() {
    let count = done.add(1, ordering: .relaxed).newValue
    if count % 64 == 0 || count == all { tell(count, all) }
  }
}
