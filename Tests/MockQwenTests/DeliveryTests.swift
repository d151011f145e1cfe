// A delivery is walked without a connection: how many bytes, in which pieces, when, and what
// follows them.

import MockQwen
import Testing

@Suite struct DeliveryTests {
  static let lines = [
    "cuts=whole", "cuts=1x", "cuts=7x framing=length", "cuts=events framing=close",
    "cuts=recorded framing=chunked+trailers",
  ]

  static let kinds: [(Fault.Kind, Delivery.Ending)] = [
    (.fin, .cut), (.reset, .reset), (.stall, .stall),
  ]

  @Test(arguments: kinds, lines)
  func breaksAtEveryByte(_ row: (kind: Fault.Kind, ending: Delivery.Ending), _ line: String) throws
  {
    var plan = try Plan(line)
    let body = session("data: a\n\ndata: b\n\n")
    let wire = Transmission(body, plan)
    let whole = Delivery(wire, plan)
    for offset in 0...wire.bytes.count + 2 {
      plan.fault = Fault(row.kind, at: offset)
      let delivery = Delivery(body, plan)
      #expect(delivery == Delivery(wire, plan))
      #expect(delivery.count == min(offset, wire.bytes.count))
      #expect(delivery.ending == row.ending)
      let sent = Array(fragments(of: delivery).joined())
      #expect(sent == Array(wire.bytes.prefix(offset)))
      #expect(fragments(of: delivery).allSatisfy { !$0.isEmpty })
      // The cuts before the fault are those of the whole.
      let ends = delivery.fragmentEnds.dropLast()
      #expect(ends.elementsEqual(whole.fragmentEnds.prefix(ends.count)))
    }
  }

  static let endings: [(Session.Ending, String, Delivery.Ending)] = [
    (.complete, "framing=chunked", .keep), (.complete, "framing=length", .keep),
    (.complete, "framing=close", .finish),
    (.truncated, "framing=chunked", .cut), (.truncated, "framing=length", .cut),
    (.truncated, "framing=close", .cut),
    (.reset, "framing=chunked", .reset), (.reset, "framing=length", .reset),
    (.reset, "framing=close", .reset),
    (.timeout, "framing=chunked", .stall), (.timeout, "framing=length", .stall),
    (.timeout, "framing=close", .stall),
  ]

  @Test(arguments: endings)
  func endsAsItsSession(_ ending: Session.Ending, _ line: String, _ expected: Delivery.Ending)
    throws
  {
    let delivery = Delivery(session("a\n\n", ending: ending), try Plan(line))
    #expect(delivery.ending == expected)
    #expect(delivery.count == delivery.transmission.bytes.count)
  }

  @Test(arguments: ["pacing=none", "pacing=0ms"]) func isDueAtOnce(_ line: String) throws {
    let delivery = Delivery(session("abc"), try Plan("cuts=1x \(line)"))
    #expect(dueTimes(of: delivery).allSatisfy { $0 == 0 })
  }

  @Test func isDueInSteps() throws {
    let delivery = Delivery(session("abc"), try Plan("cuts=20x pacing=15ms"))
    #expect(dueTimes(of: delivery) == [0, 15, 30])
  }

  /// A fragment is due when the last of its body bytes was read.
  @Test func isDueAsItWasRead() throws {
    let recorded = session(Array("abcdef".utf8), borders: [(2, 5), (3, 5), (6, 90)])
    let chunked = Delivery(recorded, try Plan("cuts=recorded chunks=whole pacing=recorded"))
    #expect(dueTimes(of: chunked) == [5, 5, 90, 90])
    let bare = Delivery(recorded, try Plan("cuts=recorded framing=length pacing=recorded"))
    #expect(dueTimes(of: bare) == [5, 5, 90])
    let bytes = Delivery(recorded, try Plan("cuts=1x framing=length pacing=recorded"))
    let head = [Int](repeating: 5, count: bytes.transmission.headEnd)
    #expect(dueTimes(of: bytes) == head + [5, 5, 5, 90, 90, 90])
    let broken = Delivery(
      recorded, try Plan("cuts=recorded framing=length pacing=recorded fault=stall@1"))
    #expect(dueTimes(of: broken) == [5])
  }

  @Test(arguments: Script.all) func isDueInOrderAndOnTime(_ script: Script) throws {
    let session = script.session
    for line in ["framing=length", "framing=close", "chunks=whole", "chunks=5x"] {
      let delivery = Delivery(session, try Plan("cuts=recorded pacing=recorded \(line)"))
      let times = dueTimes(of: delivery)
      #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
      let recorded = session.fragments.map(\.milliseconds)
      #expect(Array(times.prefix(recorded.count)) == recorded)
      #expect(times.dropFirst(recorded.count).allSatisfy { $0 == recorded.last })
    }
  }

  @Test func hasATimeForABodyThatWasNeverRead() throws {
    var silent = session("", ending: .timeout)
    silent.fragments = []
    let delivery = Delivery(silent, try Plan("cuts=1x pacing=recorded"))
    #expect(dueTimes(of: delivery).allSatisfy { $0 == 0 })
  }

  /// Two hundred thousand fragments of a body that was read in as many pieces: a search through all
  /// pieces for each fragment would take hours.
  @Test(.timeLimit(.minutes(30))) func isDueQuickly() throws {
    let count = 200_000
    let recorded = session(
      [UInt8](repeating: 0x61, count: count), borders: (1...count).map { ($0, $0) })
    let plan = try Plan("cuts=1x framing=length pacing=recorded")
    let delivery = Delivery(recorded, plan)
    var last = 0
    for index in delivery.fragmentEnds.indices.suffix(count) {
      let due = delivery.dueTime(ofFragment: index)
      guard due == last + 1 else {
        Issue.record("fragment \(index) is due at \(due)")
        return
      }
      last = due
    }
    #expect(last == count)
  }
}

private func dueTimes(of delivery: Delivery) -> [Int] {
  delivery.fragmentEnds.indices.map { delivery.dueTime(ofFragment: $0) }
}
