// A defect in the JSON report of a run, a grid or a fuzz run.

internal import Trials

/// A defect in a JSON report.
struct DefectJSON: Encodable {
  var harm: String
  var planCount: Int
  var when: String
  var not: String
  var seen: String
  /// How often the example failed when it was tried again; absent when it was not.
  var retry: Rate?
  /// The text that the client got around the difference, and what it should have got.
  var client: String
  var should: String
  var bugClass: String?
  var alternatives: [String]
  var remedy: String
  var reproduce: String

  init(_ block: DefectBlock) {
    (harm, planCount, when, not) = (block.title, block.count, block.when, block.whenNot)
    (seen, bugClass, remedy) = (block.clientSees, block.bugClass, block.remedy)
    (retry, client, should) = (block.retry, block.client, block.should)
    (alternatives, reproduce) = (block.alternatives, block.reproduce)
  }
}
