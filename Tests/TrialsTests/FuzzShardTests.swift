// Shard numbers as the engines tell them, each in its own way.

import Testing

@testable import Terminal
@testable import Trials

@Suite struct FuzzShardTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var environment: [String: String]
    var shard: String?
    var testDescription: String {
      environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }

    init(_ environment: [String: String], _ shard: String?) {
      self.environment = environment
      self.shard = shard
    }
  }

  static let told = [
    Case([:], nil),
    Case(["CI": "true"], nil),
    Case(["REPLAY_SHARD": "2/5"], "2/5"),
    Case(["REPLAY_SHARD": "2/5", "CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "3"], "2/5"),
    Case(["CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "3"], "1/3"),
    Case(["CI_NODE_INDEX": "3", "CI_NODE_TOTAL": "3"], "3/3"),
    // GitLab tells a total of 1, and no index, to a job that is not parallel.
    Case(["CI_NODE_TOTAL": "1"], nil),
    Case(["JOB_COMPLETION_INDEX": "0", "REPLAY_SHARD_TOTAL": "8"], "1/8"),
    Case(["JOB_COMPLETION_INDEX": "7", "REPLAY_SHARD_TOTAL": "8"], "8/8"),
    Case(["REPLAY_SHARD_TOTAL": "8"], nil),
    Case(
      [
        "SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "9",
        "SLURM_ARRAY_TASK_STEP": "2", "SLURM_ARRAY_TASK_COUNT": "5",
      ], "3/5"),
    Case(
      ["SLURM_ARRAY_TASK_ID": "4", "SLURM_ARRAY_TASK_MIN": "0", "SLURM_ARRAY_TASK_MAX": "9"], "5/10"
    ),
    Case(["AWS_BATCH_JOB_ARRAY_INDEX": "0", "AWS_BATCH_JOB_ARRAY_SIZE": "4"], "1/4"),
    Case(["AWS_BATCH_JOB_ARRAY_INDEX": "3", "REPLAY_SHARD_TOTAL": "4"], "4/4"),
  ]

  @Test(arguments: told) func isTold(_ example: Case) throws {
    #expect(try Shard.of(example.environment)?.description == example.shard)
  }

  static let wrong: [[String: String]] = [
    ["REPLAY_SHARD": "0/5"], ["REPLAY_SHARD": "6/5"], ["REPLAY_SHARD": "1"],
    ["JOB_COMPLETION_INDEX": "0"], ["CI_NODE_INDEX": "1"],
    ["CI_NODE_INDEX": "0", "CI_NODE_TOTAL": "3"],
    ["JOB_COMPLETION_INDEX": "8", "REPLAY_SHARD_TOTAL": "8"],
    ["AWS_BATCH_JOB_ARRAY_INDEX": "1"], ["SLURM_ARRAY_TASK_ID": "1"],
    [
      "SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_STEP": "2",
      "SLURM_ARRAY_TASK_COUNT": "3",
    ],
  ]

  @Test(arguments: wrong) func isRefused(_ environment: [String: String]) {
    #expect(throws: UsageError.self) { try Shard.of(environment) }
  }

  @Test(arguments: ["", "1", "/", "1/", "/2", "0/1", "2/1", "+1/2", "1/2/3", "a/b"])
  func refusesWhatIsNoShard(_ text: String) {
    #expect(throws: UsageError.self) { try Shard(text) }
  }
}
