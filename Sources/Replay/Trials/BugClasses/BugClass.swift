// The bug classes: every way to lose a block that was seen in a public streaming proxy, server or client,
// in one table. A class tells what goes wrong, which bytes trigger it, what a client sees, which checks
// notice it, where it was reported, and which deliveries exercise it. The canaries, the coverage of a run
// and `docs/bug-classes.md` all come from this table.
//
// The entries are in the files beside this one, by theme; `Condition` is what the deliveries of a class
// have in common.

package import Judging
internal import MockQwen
internal import Recordings
internal import Wire

/// A known way in which streaming proxies go wrong.
package struct BugClass: Hashable, Sendable {
  /// What a class is about.
  package enum Family: String, Hashable, Sendable, CaseIterable {
    case framing = "A"
    case answers = "B"
    case transport = "C"

    /// The heading of the family's part of a page.
    package var title: String {
      switch self {
      case .framing: "Framing and bytes of the event stream"
      case .answers: "What a model's answer means"
      case .transport: "HTTP, transport and lifetime"
      }
    }
  }

  /// From 1 to the number of classes: the index in `all` plus 1.
  package let number: Int
  /// Lower case, words joined by hyphens.
  package let id: String
  package let family: Family
  /// What such a proxy does, in a sentence without a full stop.
  package let title: String
  /// Bytes that trigger it; ` | ` separates two reads.
  package let picture: String
  /// What the client sees, in a sentence without a full stop.
  package let symptom: String
  /// The checks that notice it.
  package let checks: [Check]
  /// What counts as right where reasonable proxies differ; nil when that is clear.
  package let policy: String?
  /// Public threads and sources that report it, as `owner/repo#number` or `owner/repo:path`.
  package let threads: [String]
  /// The deliveries that exercise it: those that have all conditions of one of these sets.
  let exercisedBy: [ConditionSet]

  package init(
    _ number: Int, _ id: String, _ family: Family, _ title: String, picture: String,
    symptom: String, checks: [Check], policy: String? = nil, threads: [String],
    exercisedBy: [ConditionSet]
  ) {
    self.number = number
    self.id = id
    self.family = family
    self.title = title
    self.picture = picture
    self.symptom = symptom
    self.checks = checks
    self.policy = policy
    self.threads = threads
    self.exercisedBy = exercisedBy
  }

  /// All classes, by number.
  package static let all: [BugClass] =
    lineClasses + textClasses + answerClasses + errorClasses + transportClasses + lifetimeClasses
    + [vendorClass] + recordClasses

  /// The class with this id, or nil.
  package static func named(_ id: String) -> BugClass? { all.first { $0.id == id } }
}

extension BugClass: BitSetMember {
  package var bit: Int { number - 1 }
}

/// A set of bug classes.
package typealias ClassSet = BitSet<BugClass>

extension BitSet<BugClass> {
  /// The ids of the classes, by number.
  package var ids: [String] { BugClass.all.filter(contains).map(\.id) }

  /// How many classes there are, for a person: `bug classes exercised: 70 of 116`.
  package var line: String { "bug classes exercised: \(count) of \(BugClass.all.count)" }
}

extension BitSet<Condition> {
  /// Every alternative of every class, with the class's bit.
  private static let alternatives = BugClass.all.flatMap { bugClass in
    bugClass.exercisedBy.map { (conditions: $0, bit: bugClass.bit) }
  }

  /// The classes that a delivery with these conditions exercises.
  package var classes: ClassSet {
    var classes = ClassSet()
    for alternative in Self.alternatives where isSuperset(of: alternative.conditions) {
      classes.insert(bit: alternative.bit)
    }
    return classes
  }
}
