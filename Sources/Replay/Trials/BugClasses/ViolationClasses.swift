// Which bug classes a violation points to.

package import Judging
internal import MockQwen
internal import Wire

extension Violation {
  /// The ids of the bug classes that it is known for: those that name its check, and that the delivery
  /// exercised; all that name it, when the delivery exercised none of them.
  package func classes(among exercised: ClassSet) -> [String] {
    let naming = BugClass.all.filter { $0.checks.contains(check) }
    let likely = naming.filter(exercised.contains)
    return (likely.isEmpty ? naming : likely).map(\.id)
  }
}
