// What must have come at each moment is what was said, however it is spelt.

import Judging
import MockQwen
import Testing

@testable import Trials

@Suite struct TargetProgressTests {
  private static func hasAll(_ body: String, _ received: String, comments: Bool = false) -> Bool {
    let session = BugClassTests.Example(body: body).session
    var settings = TargetSettings()
    (settings.level, settings.comparesComments) = (.events, comments)
    var progress = TargetProgress(.whole(session), body: session.body, settings)
    return progress.hasReached(progress.lastBorder(upTo: body.utf8.count), Array(received.utf8))
  }

  /// A blank line that closes nothing is nothing to wait for; an event is, and a comment where it counts.
  @Test(arguments: [
    ("data: a\n\n\n", "data: a\n\n", true), ("data: a\n\n\n\n", "data: a\n\n", true),
    ("data: a\n\n\n", "data: a\n", false), ("data: a\n\n\ndata: b\n\n", "data: a\n\n\n", false),
    ("data: a\n\n:\n\n", "data: a\n\n", true), ("data: a\n\n", "data:a\n\n", true),
  ])
  func isWhatWasSaid(_ body: String, _ received: String, _ hasAll: Bool) {
    #expect(Self.hasAll(body, received) == hasAll)
  }

  @Test func aCommentCountsWhereItIsCompared() {
    #expect(!Self.hasAll("data: a\n\n:\n\n", "data: a\n\n", comments: true))
    #expect(Self.hasAll("data: a\n\n:\n\n", "data: a\n\n:\n\n", comments: true))
  }
}
