// What failing cases that no bug class explains have in common when they are told as one defect: the
// check and the name of what broke, the framing, the fault and the place of the cut, as long as that
// leaves few enough defects to be read.

internal import Judging
internal import MockQwen

/// The signature of a failing case: what broke, and under what kind of delivery.
struct Signature: Hashable {
  /// How much two cases of one defect have in common.
  enum Detail: CaseIterable { case delivery, breach, harm }

  /// More defects than this are told with less in common, and so are defects of fewer plans.
  private static let groupsMax = 4
  private static let plansMin = 4

  private let harm: Harm
  private var breach: String?
  private var fault: Fault.Kind?
  /// The conditions on the framing and on the place of the cuts.
  private var circumstances: [Condition] = []

  /// The conditions that part signatures: most deliveries have several.
  private static let parting: [Condition] = [
    .length, .untilClose, .cutInCharacter, .cutInLineEnd, .cutInChunkSize,
  ]

  init(_ example: DiagnosisCase, _ detail: Detail = .delivery) {
    harm = Harm(example.violations)
    guard detail != .harm else { return }
    breach = example.violations.min { Harm([$0]) < Harm([$1]) }?.kind
    guard detail == .delivery else { return }
    fault = example.plan.fault?.kind
    circumstances = Self.parting.filter(example.conditions.contains)
  }

  /// The cases by their signatures, in as much detail as leaves few groups.
  static func groups(_ cases: [DiagnosisCase]) -> [[DiagnosisCase]] {
    var groups: [[DiagnosisCase]] = []
    for detail in Detail.allCases {
      groups = Array(Dictionary(grouping: cases) { Signature($0, detail) }.values)
      let isTelling = groups.allSatisfy { $0.reduce(0) { $0 + max($1.count, 1) } >= plansMin }
      if groups.count <= 1 || groups.count <= groupsMax && isTelling { break }
    }
    return groups
  }
}
