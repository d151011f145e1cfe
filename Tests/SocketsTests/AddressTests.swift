// Where a network can listen and connect, and what it says when it cannot.

import Networks
import Sockets
import Testing

@Suite(.serialized, .timeLimit(.minutes(30))) struct AddressTests {
  @Test func listensOnARealPort() throws {
    var network = try SocketNetwork()
    let one = try network.listen(host: "127.0.0.1", port: 0)
    let two = try network.listen(host: "127.0.0.1", port: 0)
    #expect((1...65_535).contains(one.port))
    #expect((1...65_535).contains(two.port))
    #expect(one.port != two.port)
    #expect(one.listener != two.listener)
    network.stopListening(one.listener)
    network.stopListening(one.listener)
  }

  /// A port that was given back can be had again, unless somebody else was quicker.
  @Test func givesItsPortBack() throws {
    var network = try SocketNetwork()
    for _ in 1...5 {
      let (listener, port) = try network.listen(host: "127.0.0.1", port: 0)
      network.stopListening(listener)
      if let again = try? network.listen(host: "127.0.0.1", port: port) {
        #expect(again.port == port)
        return
      }
    }
    Issue.record("no port could be had again")
  }

  @Test func tellsListenersApart() throws {
    let loop = try Loop()
    let other = try loop.network.listen(host: "127.0.0.1", port: 0)
    let near = loop.network.connect(to: "127.0.0.1", port: other.port)
    loop.wait { $0.events.count >= 2 }
    let accepted = loop.events.compactMap { event -> ListenerID? in
      if case .accepted(let listener, _) = event { listener } else { nil }
    }
    #expect(accepted == [other.listener])
    #expect(loop.events.contains(.opened(near)))
  }

  @Test func keepsConnectionsWhenItStopsListening() throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    loop.network.stopListening(loop.listener)
    loop.network.send([1], on: near)
    loop.wait { $0.bytes(on: far) == [1] }
    let late = loop.network.connect(to: "127.0.0.1", port: loop.port)
    loop.wait(for: .refused(late))
  }

  @Test func isRefusedByAPortThatWasClosed() throws {
    let loop = try Loop()
    let closed = try loop.network.listen(host: "127.0.0.1", port: 0)
    loop.network.stopListening(closed.listener)
    let number = loop.network.connect(to: "127.0.0.1", port: closed.port)
    loop.network.send([1, 2, 3], on: number)
    loop.wait(for: .refused(number))
    #expect(loop.signals(on: number) == [.refused(number)])
    #expect(loop.network.connectionCount == 0)
    #expect(loop.network.waitingBytes(on: number) == 0)
  }

  static let unknown: [(host: String, port: Int)] = [
    ("host.invalid", 80), ("no such host", 80), ("256.256.256.256", 80), ("::g", 80),
    ("[::1]", 80), ("127.0.0.1", -1), ("127.0.0.1", 65_536), ("::1", 65_536),
    ("127.0.0.1", .max), ("127.0.0.1", .min),
  ]

  @Test(arguments: unknown)
  func isRefusedByWhatIsNoAddress(_ address: (host: String, port: Int)) throws {
    let loop = try Loop()
    let number = loop.network.connect(to: address.host, port: address.port)
    loop.wait(for: .refused(number))
    #expect(loop.signals(on: number) == [.refused(number)])
    let error = #expect(throws: SocketError.self) {
      try loop.network.listen(host: address.host, port: address.port)
    }
    let description = error?.description ?? ""
    #expect(description.hasPrefix("cannot listen on "))
    #expect(description.contains(address.host))
    #expect(description.contains(":\(address.port): "))
    #expect(error?.code == 0)
    #expect(!description.hasSuffix(": "))
  }

  @Test func namesThePortInUse() throws {
    let loop = try Loop()
    let error = #expect(throws: SocketError.self) {
      try loop.network.listen(host: "127.0.0.1", port: loop.port)
    }
    #expect(error?.attempt == "listen on 127.0.0.1:\(loop.port)")
    #expect(
      error?.description == "cannot listen on 127.0.0.1:\(loop.port): Address already in use")
    #expect((error?.code ?? 0) > 0)
  }

  @Test func namesAnAddressThatIsNotOurs() throws {
    let loop = try Loop()
    let error = #expect(throws: SocketError.self) {
      try loop.network.listen(host: "192.0.2.1", port: 0)
    }
    #expect(error?.description.hasPrefix("cannot listen on 192.0.2.1:0: ") == true)
  }

  @Test func writesAnIPv6AddressInBrackets() throws {
    let loop = try Loop()
    let error = #expect(throws: SocketError.self) {
      try loop.network.listen(host: "2001:db8::1", port: 80)
    }
    #expect(error?.attempt == "listen on [2001:db8::1]:80")
  }

  @Test func findsNames() throws {
    let loop = try Loop()
    let near = loop.network.connect(to: "localhost", port: loop.port)
    loop.wait(for: .opened(near))
  }

  /// What is done while a name is being looked up is done to the connection that comes of it.
  @Test func aNameTakesItsTimeAndNothingIsLost() throws {
    let loop = try Loop()
    let one = loop.network.connect(to: "localhost", port: loop.port)
    let two = loop.network.connect(to: "localhost", port: loop.port)
    let three = loop.network.connect(to: "localhost", port: loop.port)
    #expect(loop.network.connectionCount == 3)
    loop.network.send(Array("one".utf8), on: one)
    loop.network.setReading(false, on: one)
    loop.network.send(Array("two".utf8), on: two)
    loop.network.close(two)
    loop.network.close(three)
    loop.wait(for: .opened(one))
    var texts: Set<String> = []
    loop.wait { loop in
      for case .accepted(_, let far) in loop.events {
        texts.insert(String(decoding: loop.bytes(on: far), as: UTF8.self))
      }
      return texts.isSuperset(of: ["one", "two"])
    }
    #expect(loop.signals(on: two) == [] && loop.signals(on: three) == [])
  }

  @Test func speaksIPv6() throws {
    let loop: Loop
    do {
      loop = try Loop(host: "::1")
    } catch let error as SocketError {
      print("skipped, no IPv6 here: \(error)")
      return
    }
    let near = loop.network.connect(to: "::1", port: loop.port)
    loop.network.send(Array("six".utf8), on: near)
    loop.wait { $0.accepted().map { loop.bytes(on: $0) } == Array("six".utf8) }
    let other = loop.network.connect(to: "127.0.0.1", port: loop.port)
    loop.wait(for: .refused(other))
  }
}
