// Which bug classes a violation points to.

package import Judging
internal import MockQwen
internal import Wire

extension Violation {
  /// The ids of the bug classes that it may come from: those that name its check and that the delivery
  /// exercised; if it exercised none of them, all that name the check.
  package func classes(among exercised: ClassSet) -> [String] {
    let naming = BugClass.all.filter { $0.checks.contains(check) }
    let likely = naming.filter(exercised.contains)
    return (likely.isEmpty ? naming : likely).map(\.id)
  }
}
