import Networks
import Testing

@testable import Sockets

@Suite struct PartingTests {
  /// Only a connection whose peer takes nothing holds a place; one that is aborted a moment before must not
  /// lose its last bytes for it.
  @Test func whoIsAbortedMakesNoRoom() {
    var partings = Partings(sendTime: 60_000)
    partings.set(.aborting(unacknowledged: 5, until: 60_000), for: 1, at: 0)
    partings.set(.lingering, for: 2, at: 0)
    #expect(partings.slowest == nil)
    #expect(partings.sendingCount == 0)
    partings.set(.sending(taken: 0), for: 4, at: 10)
    partings.set(.sending(taken: 0), for: 3, at: 20)
    #expect(partings.slowest == 4)
    #expect(partings.sendingCount == 2)
    partings.remove(4)
    #expect(partings.slowest == 3)
  }
}
