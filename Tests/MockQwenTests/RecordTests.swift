// Records are a layer of their own: wherever records, writes and chunks end, the data of the records is
// the response, each write ends where the plan wants it, and what counts as released can be read.

import MockQwen
import Testing
import Wire

@Suite struct RecordTests {
  static let body = "data: {\"a\":1}\n\ndata: {\"b\":2}\n\n"

  /// What goes out on the wire when each record is its data, and what is withheld at the end.
  private func played(_ line: String) throws -> (
    records: [[UInt8]], writes: [(records: Int, withheld: Int, released: Int)],
    ends: [MockConnection.Output], delivery: Delivery
  ) {
    let delivery = Delivery(session(Self.body), try Plan(line))
    var connection = MockConnection()
    var outputs: [MockConnection.Output] = []
    connection.handle(.bytes(Array(MockConnectionTests.post.utf8)), into: &outputs)
    connection.handle(.answer(delivery), into: &outputs)
    outputs = []
    var records: [[UInt8]] = []
    var writes: [(records: Int, withheld: Int, released: Int)] = []
    var ends: [MockConnection.Output] = []
    while connection.nextDue != nil {
      connection.handle(.release, into: &outputs)
      for output in outputs {
        guard case .sendRecords(let sent, let withheld) = output else {
          ends.append(output)
          continue
        }
        records += sent
        writes.append((sent.count, withheld, connection.released))
      }
      outputs = []
    }
    return (records, writes, ends, delivery)
  }

  static let layouts = [
    "tls=whole", "tls=1x", "tls=events", "cuts=1x tls=events", "cuts=7x tls=whole",
    "cuts=7x tls=5x",
    "cuts=5x tls=7x", "cuts=events tls=crlf chunks=1x", "cuts=3,9 tls=9,12", "handshake=rekey@60",
    "cuts=1x tls=1x", "cuts=random:1/9 tls=random:2/9",
  ]

  @Test(arguments: layouts) func theDataOfAllRecordsIsTheResponse(_ line: String) throws {
    let played = try played(line)
    let bytes = played.delivery.transmission.bytes
    #expect(played.records.flatMap { $0 } == bytes)
    let ends = played.records.reduce(into: []) { $0.append(($0.last ?? 0) + $1.count) }
    #expect(ends == played.delivery.records?.ends)
    #expect(played.writes.last?.withheld == 0)
    #expect(played.writes.last?.released == bytes.count)
  }

  /// A write that ends inside a record keeps back as much of it as the cut leaves of its data, and what
  /// is released is what lies in whole records.
  @Test func aWriteMayEndInsideARecord() throws {
    let played = try played("cuts=10,20 tls=15,18")
    #expect(played.writes.map(\.records) == [1, 2, 0])
    let end = played.delivery.transmission.bytes.count
    #expect(played.writes.map(\.withheld) == [5, end - 20, 0])
    #expect(played.writes.map(\.released) == [0, 18, end])
  }

  @Test func aRecordHolds16KiBAtMost() throws {
    let long = session(String(repeating: "data: x\n\n", count: 4_000))
    let delivery = Delivery(long, try Plan("tls=whole"))
    let ends = try #require(delivery.records?.ends)
    #expect(ends.first == RecordCuts.dataMax)
    #expect(ends.count == (delivery.count + RecordCuts.dataMax - 1) / RecordCuts.dataMax)
    #expect(ends.last == delivery.count)
  }

  @Test func emptyRecordsStandBeforeEach() throws {
    let played = try played("tls=events+empty")
    #expect(played.records.count(where: \.isEmpty) == played.records.count / 2)
    #expect(played.records.first == [])
  }

  static let breaks: [(String, [MockConnection.Output])] = [
    ("fault=fin@60", [.finish]), ("tls=whole fault=fin@60", [.finish]),
    ("tls=whole fault=reset@60", [.reset]), ("fault=truncate@60", [.truncate]),
    ("fault=alert@60", [.alert]), ("fault=truncate@0", [.truncate]), ("fault=alert@0", [.alert]),
    ("fault=tear@60", [.reset]), ("fault=tear@0", [.reset]),
    ("handshake=renegotiate@0", [.sendMessage(.renegotiate), .finish]),
    ("handshake=rekey@60", [.sendMessage(.rekey)]),
    ("handshake=rekey@9999", [.sendMessage(.rekey)]),
  ]

  @Test(arguments: breaks) func breaksAsThePlanSays(
    _ line: String, _ expected: [MockConnection.Output]
  ) throws {
    let delivery = Delivery(session(Self.body), try Plan(line))
    guard delivery.records != nil else { return }
    #expect(try played(line).ends == expected)
  }

  /// Of a torn record a part is sent, and nothing of it can be read.
  @Test(arguments: [0, 1, 44, 59, 60, 61, 80]) func aTornRecordIsSentInPart(_ offset: Int) throws {
    let played = try played("tls=20,60 fault=tear@\(offset)")
    let start = [0, 20, 60].last { $0 <= offset } ?? 0
    #expect(played.delivery.count == start)
    let last = try #require(played.writes.last)
    let torn = try #require(played.records.last)
    #expect(played.records.dropLast().flatMap { $0 }.count == start)
    #expect(1...torn.count ~= last.withheld)
    #expect(last.released == start)
    #expect(played.delivery.ending == .reset)
  }

  /// Without TLS the same can be read, and what breaks the stream is a reset.
  @Test(arguments: breaks.map(\.0)) func withoutTLSAsMuchCanBeRead(_ line: String) throws {
    let secure = Delivery(session(Self.body), try Plan(line))
    let plain = secure.withoutTLS
    #expect(plain.records == nil)
    #expect(plain.count == secure.count)
    #expect(plain.ending == secure.ending)
    #expect(try !Plan(line).withoutTLS.speaksTLS)
  }
}
