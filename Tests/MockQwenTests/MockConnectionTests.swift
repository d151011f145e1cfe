// The mock's side of a connection: requests cut anywhere, and the walk along a delivery to each kind
// of end.

import MockQwen
import TestSupport
import Testing
import Wire

@Suite struct MockConnectionTests {
  static let post =
    "POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: x\r\nX-One: 1\r\nContent-Length: 4\r\n\r\nbody"
  static let chunked =
    "POST /v1/chat/completions?a=b HTTP/1.1\r\nHost: x\r\nX-One: 1\r\n"
    + "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nbod\r\n01\r\ny\r\n0\r\nX-End: 1\r\n\r\n"
  static let get = "\r\nGET / HTTP/1.0\r\nHost: x\r\n\r\n"

  static let requests: [(String, Session.Request)] = [
    (
      post,
      request(
        "POST", "/v1/chat/completions?a=b",
        [Field("Host", "x"), Field("X-One", "1"), Field("Content-Length", "4")], "body")
    ),
    (
      chunked,
      request(
        "POST", "/v1/chat/completions?a=b",
        [Field("Host", "x"), Field("X-One", "1"), Field("Transfer-Encoding", "chunked")], "body")
    ),
    (get, request("GET", "/", [Field("Host", "x")], "")),
  ]

  @Test(arguments: requests)
  func asksTheSameHoweverItIsCut(_ bytes: String, _ request: Session.Request) {
    var asked = MockConnection()
    #expect(feed(Array(bytes.utf8), to: &asked) == [.asked(request)])
    for way in everyWay(ofCutting: Array(bytes.utf8)) {
      var connection = MockConnection()
      var outputs: [MockConnection.Output] = []
      for piece in way {
        #expect(outputs.isEmpty)
        connection.handle(.bytes(piece), into: &outputs)
      }
      #expect(outputs == [.asked(request)])
      #expect(connection == asked)
    }
  }

  static let lines = [
    "cuts=whole", "cuts=1x", "cuts=events framing=length", "cuts=3,9 framing=close",
    "cuts=1x pacing=30ms", "cuts=recorded chunks=1x pacing=recorded",
  ]

  @Test(arguments: lines) func walksAlongTheFragments(_ line: String) throws {
    let delivery = Delivery(session("data: a\n\ndata: b\n\n"), try Plan(line))
    var connection = connection(asked: Self.post)
    #expect(connection.nextDue == nil)
    #expect(feed(.answer(delivery), to: &connection) == [])
    var sent: [UInt8] = []
    for (index, end) in delivery.fragmentEnds.enumerated() {
      #expect(connection.nextDue == delivery.dueTime(ofFragment: index))
      let outputs = feed(.release, to: &connection)
      let piece = delivery.transmission.bytes[sent.count..<end]
      #expect(outputs.first == .send(Array(piece)))
      sent += piece
      #expect(connection.released == sent.count)
      let isLast = index == delivery.fragmentEnds.count - 1
      #expect(outputs.dropFirst() == (isLast && delivery.ending == .finish ? [.finish] : []))
    }
    #expect(sent == delivery.transmission.bytes)
    #expect(connection.nextDue == nil)
    #expect(!connection.isStalled)
  }

  static let endings: [(Session.Ending, String, [MockConnection.Output], stalls: Bool)] = [
    (.complete, "framing=close", [.finish], false), (.complete, "", [], false),
    (.truncated, "", [.finish], false), (.reset, "", [.reset], false), (.timeout, "", [], true),
    (.complete, "fault=fin@5", [.finish], false), (.complete, "fault=reset@5", [.reset], false),
    (.complete, "fault=stall@5", [], true),
    (.complete, "fault=fin@0", [.finish], false), (.complete, "fault=reset@0", [.reset], false),
    (.complete, "fault=stall@0", [], true),
    (.complete, "fault=fin@9999", [.finish], false),
  ]

  @Test(arguments: endings.indices) func endsAsTheDelivery(_ index: Int) throws {
    let (ending, line, expected, stalls) = Self.endings[index]
    let delivery = Delivery(session("a\n\n", ending: ending), try Plan(line))
    var connection = connection(asked: Self.post)
    #expect(feed(.answer(delivery), to: &connection) == [])
    // With nothing to send the end itself is due, at once.
    #expect(connection.nextDue == 0)
    let sends = delivery.transmission.bytes.prefix(delivery.count)
    let outputs = feed(.release, to: &connection)
    #expect(outputs == (sends.isEmpty ? [] : [.send(Array(sends))]) + expected)
    #expect(connection.released == sends.count)
    #expect(connection.isStalled == stalls)
    #expect(connection.nextDue == nil)
    // Nothing follows an end; a kept connection takes its next request.
    let next = feed(Array(Self.post.utf8), to: &connection)
    let keeps = expected.isEmpty && !stalls
    #expect(next == (keeps ? [.asked(Self.requests[0].1)] : []))
    #expect(feed(.closed, to: &connection) == [])
  }

  @Test func takesTheNextRequestHoweverItIsCut() {
    let delivery = Delivery(session("a\n\n"), Plan())
    for way in everyWay(ofCutting: Array((Self.post + Self.chunked + Self.get).utf8)) {
      var connection = MockConnection()
      var outputs: [MockConnection.Output] = []
      var requests: [Session.Request] = []
      for piece in way {
        // The answers come while the rest of a pipeline may still be under way.
        outputs += feed(piece, to: &connection)
        while let output = outputs.first {
          outputs.removeFirst()
          guard case .asked(let request) = output else { continue }
          requests.append(request)
          outputs += feed(.answer(delivery), to: &connection)
          outputs += feed(.release, to: &connection)
        }
      }
      #expect(requests == Self.requests.map(\.1))
    }
  }

  @Test func keepsWhatComesEarly() {
    let delivery = Delivery(session("a\n\n"), Plan())
    let bytes = Array((Self.post + Self.chunked).utf8)
    for cut in Self.post.utf8.count...bytes.count {
      for late in stride(from: cut, through: bytes.count, by: 5) {
        var connection = MockConnection()
        #expect(feed(Array(bytes[..<cut]), to: &connection) == [.asked(Self.requests[0].1)])
        // Before the answer, and between the answer and its last byte.
        #expect(feed(Array(bytes[cut..<late]), to: &connection) == [])
        #expect(feed(.answer(delivery), to: &connection) == [])
        #expect(feed(Array(bytes[late...]), to: &connection) == [])
        let outputs = feed(.release, to: &connection)
        #expect(outputs.last == .asked(Self.requests[1].1))
      }
    }
  }

  static let lastRequests = [
    "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.1\r\nConnection: keep-alive, CLOSE\r\n\r\n",
    "GET / HTTP/1.1\r\nConnection: x\r\nconnection: Close\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
  ]

  @Test(arguments: lastRequests) func closesBehindALastRequest(_ bytes: String) {
    var connection = connection(asked: bytes)
    _ = feed(.answer(Delivery(session("a\n\n"), Plan())), to: &connection)
    _ = feed(Array(Self.post.utf8), to: &connection)
    #expect(feed(.release, to: &connection).last == .finish)
    #expect(feed(Array(Self.post.utf8), to: &connection) == [])
  }

  static let malformed: [(String, WireError)] = [
    ("GET /\r\n\r\n", WireError(.badStartLine, at: 5)),
    ("GET / HTTP/2.0\r\n\r\n", WireError(.badVersion, at: 6)),
    ("\u{16}\u{3}\u{1}\r\n\r\n", WireError(.badStartLine, at: 0)),
    (
      "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      WireError(.bothLengthAndCoding, at: 0)
    ),
    ("POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\n", WireError(.badLength, at: 0)),
    (
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", WireError(.badChunkSize, at: 0)
    ),
  ]

  @Test(arguments: malformed) func refusesWhatIsNoRequest(_ bytes: String, _ error: WireError) {
    for way in everyWay(ofCutting: Array(bytes.utf8)) {
      var connection = MockConnection()
      let outputs = way.flatMap { feed($0, to: &connection) }
      #expect(outputs == [.refused(error), .reset])
      #expect(feed(Array(Self.post.utf8), to: &connection) == [])
    }
  }

  @Test func refusesAMalformedSecondRequest() {
    let delivery = Delivery(session("a\n\n"), Plan())
    var connection = connection(asked: Self.post)
    _ = feed(.answer(delivery), to: &connection)
    _ = feed(Array("x\r\n".utf8), to: &connection)
    let refusal = MockConnection.Output.refused(WireError(.badStartLine, at: 1))
    #expect(
      feed(.release, to: &connection) == [.send(delivery.transmission.bytes), refusal, .reset])
  }

  @Test func isDeafOnceItIsClosed() {
    let delivery = Delivery(session("a\n\n"), Plan())
    for steps in 0...2 {
      var connection = MockConnection()
      if steps > 0 { _ = feed(Array(Self.post.utf8), to: &connection) }
      if steps > 1 { _ = feed(.answer(delivery), to: &connection) }
      #expect(feed(.closed, to: &connection) == [])
      #expect(connection.nextDue == nil)
      #expect(feed(.answer(delivery), to: &connection) == [])
      #expect(feed(.release, to: &connection) == [])
      #expect(feed(Array(Self.post.utf8), to: &connection) == [])
    }
  }

  /// Every fragment of a long body, one byte each.
  @Test(.timeLimit(.minutes(30))) func walksALongBodyByBytes() throws {
    let long = try #require(Script.all.first { $0.name == "long-answer" })
    let delivery = Delivery(long.session, try Plan("cuts=1x pacing=recorded"))
    var connection = connection(asked: Self.post)
    _ = feed(.answer(delivery), to: &connection)
    var count = 0
    while connection.nextDue != nil {
      count += feed(.release, to: &connection).count
    }
    #expect(count == delivery.count)
    #expect(connection.released == delivery.count)
  }

  @Test func anAnswerWithoutAQuestionIsAMistakeOfOurs() async {
    await #expect(processExitsWith: .failure) {
      var connection = MockConnection()
      var outputs: [MockConnection.Output] = []
      connection.handle(.release, into: &outputs)
    }
  }
}

private func request(_ method: String, _ target: String, _ fields: Fields, _ body: String)
  -> Session.Request
{
  Session.Request(method: method, target: target, fields: fields, body: Array(body.utf8))
}

/// A connection that has read one request.
private func connection(asked bytes: String) -> MockConnection {
  var connection = MockConnection()
  _ = feed(Array(bytes.utf8), to: &connection)
  return connection
}

private func feed(
  _ input: MockConnection.Input, to connection: inout MockConnection
) -> [MockConnection.Output] {
  var outputs: [MockConnection.Output] = []
  connection.handle(input, into: &outputs)
  return outputs
}

private func feed(
  _ bytes: [UInt8], to connection: inout MockConnection
) -> [MockConnection.Output] {
  feed(.bytes(bytes), to: &connection)
}
