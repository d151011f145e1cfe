// The plan set `load` and what of a plan is rare: shapes that can be run, rates with an honest spread.

import MockQwen
import Recordings
import Testing

@testable import Trials

@Suite struct LoadTests {
  /// Failed, sessions, and the 95 % interval in tenths of a per cent, as Wilson's score gives it.
  static let spreads: [(failed: Int, sessions: Int, low: Int, high: Int)] = [
    (0, 256, 0, 15), (3, 256, 4, 34), (128, 256, 439, 561), (256, 256, 985, 1_000),
    (0, 0, 0, 1_000),
  ]

  @Test(arguments: spreads) func theSpreadOfARate(
    _ failed: Int, _ sessions: Int, _ low: Int, _ high: Int
  ) {
    var figure = LoadFigure(clients: 4, isInstant: true)
    (figure.failed, figure.sessions) = (failed, sessions)
    #expect(Int((figure.spread.lowerBound * 1_000).rounded()) == low, "\(figure.spread)")
    #expect(Int((figure.spread.upperBound * 1_000).rounded()) == high, "\(figure.spread)")
    #expect(figure.line.contains("4 clients at once, the upstream answers at once"))
  }

  @Test func everyShapeIsAPlan() throws {
    #expect(Set(LoadShape.all.map(\.clients)) == [1, 4, 16, 64])
    for shape in LoadShape.all {
      let plan = shape.plan(eventCount: 11)
      #expect(try Plan(plan.description) == plan)
      #expect(plan.streams == shape.clients && (plan.pacing == .none) == shape.isInstant)
    }
    #expect(SessionPlans(Script.all[0].session, set: .load, seed: 1, isOnSockets: true).count == 0)
  }

  @Test func figuresOfOneShapeAreAdded() {
    var first = LoadFigure(clients: 1, isInstant: true)
    (first.sessions, first.failed, first.breaches) = (10, 1, ["end cut": 1])
    let other = LoadFigure(clients: 1, isInstant: false)
    let sum = [LoadFigure].joined([first, other], [first])
    #expect(sum.count == 2 && sum[0].sessions == 20 && sum[0].breaches == ["end cut": 2])
  }

  @Test(arguments: [
    ("cuts=1x", 0), ("framing=chunked+trailers", 1), ("framing=chunked+extensions+trailers", 2),
    ("framing=chunked+zeros", 1), ("odd=hops", 0), ("odd=huge", 1), ("cuts=1x fault=fin@9", 0),
  ])
  func whatIsRare(_ line: String, _ count: Int) throws {
    #expect(try Plan(line).rareParts.count == count, "\(line)")
  }
}
