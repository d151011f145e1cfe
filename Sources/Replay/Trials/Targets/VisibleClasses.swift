// Which bug classes a run through a target would notice. A class counts as exercised only if a proxy with
// its bug would fail: in the tests, a canary of each class that counts at a level is run as a target, and
// must fail there.

internal import Judging
internal import MockQwen

extension BitSet<BugClass> {
  /// The classes among these that the checks of a target notice at the level of its settings.
  func visible(to settings: TargetSettings) -> ClassSet {
    var visible = ClassSet()
    for bugClass in BugClass.all where contains(bugClass) && settings.level.notices(bugClass) {
      visible.insert(bugClass)
    }
    return visible
  }
}

extension CompareLevel {
  /// Whether the checks at this level notice a proxy with a bug of the class.
  package func notices(_ bugClass: BugClass) -> Bool {
    let asked = Set(TargetJudge.checks.filter { $0 != .bytes || self == .bytes })
    guard !asked.isDisjoint(with: bugClass.checks) else { return false }
    return CompareLevel.allCases.filter { $0 >= self }
      .allSatisfy { !(Self.unseen[$0] ?? []).contains(bugClass.id) }
  }

  /// Classes that are not noticed at a level, nor at those below it, although a check for them is used.
  private static let unseen: [CompareLevel: Set<String>] = [
    .bytes: [
      "anti-buffer-headers", "chunk-size-abuse", "cl-te-conflict", "cors-preflight",
      "drip-feed-unbounded",
      // The client of a target does not ask for a coding.
      "gzip-buffering", "headers-already-sent-crash", "hop-by-hop-copied",
      "idle-timeout-kills-thinking", "keepalive-desync", "post-replayed-dead-connection",
      "quadratic-parser", "refresh-stampede", "retry-empty-body", "rotation-mid-stream",
      "stall-never-detected", "total-timeout-kills-stream", "unbounded-event-buffer",
    ],
    .events: ["chunk-framing-leak", "chunk-trailers", "inband-error-wrong-frame"],
    .content: [
      "channel-order", "crlf-split", "data-no-space", "duplicate-done", "duplicate-finish-chunk",
      "final-event-unterminated", "id-event-retry-fields-lost", "json-int-precision",
      "tool-empty-id-overwrites", "tool-index-missing",
    ],
  ]
}
