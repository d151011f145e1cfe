// Shards: n machines share the same case numbers. CI systems that start many copies of one command give
// each copy its number in the environment; each system counts in its own way.

internal import MockQwen
internal import Terminal
internal import Wire

/// One of `count` shares of the case numbers.
package struct Shard: Hashable, Sendable, CustomStringConvertible {
  /// From 1 to `count`.
  package let index: Int
  package let count: Int

  package static let whole = Shard(index: 1, count: 1)

  private init(index: Int, count: Int) {
    self.index = index
    self.count = count
  }

  /// `m/n`, m from 1 to n.
  package init(_ text: String) throws {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(Self.number)
    guard parts.count == 2, let index = parts[0], let count = parts[1], 1...max(count, 1) ~= index
    else { throw UsageError("a shard is m/n with m from 1 to n, not '\(text)'") }
    self.init(index: index, count: count)
  }

  /// The shard that the environment names; nil when it names none.
  ///
  /// In this order: `REPLAY_SHARD` (m/n); GitLab's `CI_NODE_INDEX` (from 1) of `CI_NODE_TOTAL`; the
  /// Kubernetes indexed Job's `JOB_COMPLETION_INDEX` (from 0) of `REPLAY_SHARD_TOTAL`, as
  /// Kubernetes tells no total; Slurm's `SLURM_ARRAY_TASK_ID` from `SLURM_ARRAY_TASK_MIN` in steps
  /// of `SLURM_ARRAY_TASK_STEP`, `SLURM_ARRAY_TASK_COUNT` in all; AWS Batch's
  /// `AWS_BATCH_JOB_ARRAY_INDEX` (from 0) of `AWS_BATCH_JOB_ARRAY_SIZE` or `REPLAY_SHARD_TOTAL`.
  /// Throws for an index without its total: every machine would do the same work.
  package static func of(_ environment: [String: String]) throws -> Shard? {
    if let text = environment["REPLAY_SHARD"] { return try Shard(text) }
    let total = environment["REPLAY_SHARD_TOTAL"]
    if let index = environment["CI_NODE_INDEX"] {
      return try make("CI_NODE_INDEX", index, first: 1, of: environment["CI_NODE_TOTAL"])
    }
    if let index = environment["JOB_COMPLETION_INDEX"] {
      return try make("JOB_COMPLETION_INDEX", index, first: 0, of: total)
    }
    if let index = environment["SLURM_ARRAY_TASK_ID"] {
      return try slurm(index, environment)
    }
    if let index = environment["AWS_BATCH_JOB_ARRAY_INDEX"] {
      return try make(
        "AWS_BATCH_JOB_ARRAY_INDEX", index, first: 0,
        of: environment["AWS_BATCH_JOB_ARRAY_SIZE"] ?? total)
    }
    return nil
  }

  private static func slurm(_ index: String, _ environment: [String: String]) throws -> Shard {
    let name = "SLURM_ARRAY_TASK_ID"
    let first = environment["SLURM_ARRAY_TASK_MIN"].flatMap(number) ?? 0
    let step = max(environment["SLURM_ARRAY_TASK_STEP"].flatMap(number) ?? 1, 1)
    let last = environment["SLURM_ARRAY_TASK_MAX"].flatMap(number)
    let total = environment["SLURM_ARRAY_TASK_COUNT"] ?? last.map { "\(($0 - first) / step + 1)" }
    guard let task = number(index), task >= first, (task - first) % step == 0 else {
      throw UsageError("\(name) is '\(index)', which the array does not hold")
    }
    return try make(name, String((task - first) / step), first: 0, of: total)
  }

  private static func make(
    _ name: String, _ index: String, first: Int, of total: String?
  ) throws -> Shard {
    guard let total else {
      throw UsageError(
        "\(name) is set, but nothing tells the number of shards: set REPLAY_SHARD_TOTAL")
    }
    guard let task = number(index), let count = number(total), 0..<count ~= task - first
    else { throw UsageError("\(name) is '\(index)' of '\(total)', which is not a shard") }
    return Shard(index: task - first + 1, count: count)
  }

  /// A number of at most nine digits, so that differences and products do not overflow.
  private static func number(_ text: some StringProtocol) -> Int? {
    text.utf8.count <= 9 ? wholeNumber(text) : nil
  }

  /// The case numbers in a range that belong to this shard.
  package func numbers(in range: Range<Int>) -> StrideTo<Int> {
    let own = index - 1
    let first = range.lowerBound + (own - range.lowerBound % count + count) % count
    return stride(from: first, to: range.upperBound, by: count)
  }

  package var description: String { "\(index)/\(count)" }
}
