// TLS over loopback, both ends in this process: what is sent arrives record by record, each kind of end
// arrives as that kind, and who is not trusted is refused with words that say why.

import Networks
import Testing
import Wire

@testable import Sockets

/// Why there is no TLS on this machine; nil when there is.
let tlsObstacle: String? = {
  do throws(TLSError) { try TLSIdentity.expectLibrary() } catch { return error.description }
  return nil
}()

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: tlsObstacle == nil, "OpenSSL 3 is not installed"))
struct TLSTests {
  /// A loop that listens with a certificate made for it, and trusts that.
  private func secureLoop(_ change: (inout TLSSettings) -> Void = { _ in }) throws -> Loop {
    let identity = try TLSIdentity.made()
    let loop = try Loop(as: identity)
    let authority = try #require(identity.authority)
    loop.network.tlsSettings.trusted = Array(authority.utf8)
    change(&loop.network.tlsSettings)
    return loop
  }

  private func place(_ loop: Loop, _ host: String = "127.0.0.1") -> BaseURL {
    BaseURL(scheme: .https, host: host, port: loop.port)
  }

  private func pair(_ loop: Loop) throws -> (near: Int, far: Int) {
    let near = loop.network.connect(to: place(loop))
    loop.wait { $0.events.contains(.opened(near)) }
    let far = try #require(loop.accepted())
    loop.wait { $0.network.tlsFacts(of: far) != nil }
    return (near, far)
  }

  @Test func carriesRecordsBothWays() throws {
    let loop = try secureLoop()
    let (near, far) = try pair(loop)
    loop.network.send(Array("hello".utf8), on: near)
    for word in ["one", "two", "three"] { loop.network.send(Array(word.utf8), on: far) }
    loop.wait { $0.byteCount(on: far) >= 5 && $0.byteCount(on: near) >= 11 }
    #expect(loop.bytes(on: far) == Array("hello".utf8))
    // Each record comes for itself, also when several were in one read of the socket.
    #expect(
      loop.events.filter { $0.isBytes && $0.connection == near }
        == ["one", "two", "three"].map { .bytes(near, Array($0.utf8)) })
    let facts = loop.network.tlsFacts(of: near)
    #expect(facts?.version == "TLSv1.3")
    #expect(facts?.cipher.hasPrefix("TLS_") == true)
    #expect(facts?.isResumed == false)
  }

  /// A server may have something to say before its client has done its part of the handshake.
  @Test func whatIsSentTooEarlyWaits() throws {
    let loop = try secureLoop()
    let near = loop.network.connect(to: place(loop))
    loop.wait { $0.accepted() != nil }
    let far = try #require(loop.accepted())
    loop.network.send(Array("early".utf8), on: far)
    let waiting = loop.network.waitingBytes(on: far)
    #expect(waiting == 5)
    loop.network.close(far)
    loop.wait(for: .finished(near))
    #expect(loop.bytes(on: near) == Array("early".utf8))
  }

  @Test(arguments: ["127.0.0.1", "localhost"]) func carriesMuch(_ host: String) throws {
    let loop = try secureLoop()
    let near = loop.network.connect(to: place(loop, host))
    loop.wait { $0.events.contains(.opened(near)) }
    let far = try #require(loop.accepted())
    let bytes = pattern(8 << 20)
    loop.network.send(bytes, on: far)
    let waiting = loop.network.waitingBytes(on: far)
    #expect(waiting > 0)
    loop.wait { $0.byteCount(on: near) == bytes.count && $0.events.contains(.drained(far)) }
    #expect(loop.bytes(on: near) == bytes)
    let left = loop.network.waitingBytes(on: far)
    #expect(left == 0)
  }

  @Test func aSessionIsGoneOnWith() throws {
    let loop = try secureLoop()
    for isLater in [false, true] {
      let before = loop.events.count
      let near = loop.network.connect(to: place(loop))
      loop.wait { $0.events.contains(.opened(near)) }
      let far = try #require(loop.accepted(from: before))
      let facts = loop.network.tlsFacts(of: near)
      #expect(facts?.isResumed == isLater)
      loop.network.send([1], on: far)
      loop.wait { $0.byteCount(on: near) == 1 }
      loop.network.close(near)
      loop.wait(for: .finished(far))
      loop.network.close(far)
    }
  }

  // MARK: Ends

  @Test func closeNotifyIsAnEndInOrder() throws {
    let loop = try secureLoop()
    let (near, far) = try pair(loop)
    loop.network.send(Array("last".utf8), on: far)
    loop.network.finish(far)
    loop.wait(for: .finished(near))
    #expect(loop.bytes(on: near) == Array("last".utf8))
    // One side's end is not the other's.
    loop.network.send(Array("more".utf8), on: near)
    loop.wait { $0.byteCount(on: far) == 4 }
    loop.network.close(near)
    loop.wait(for: .finished(far))
  }

  @Test(arguments: [true, false]) func anEndWithoutCloseNotifyIsACut(_ isReset: Bool) throws {
    let loop = try secureLoop()
    let (near, far) = try pair(loop)
    loop.network.send(Array("last".utf8), on: far)
    loop.wait { $0.byteCount(on: near) == 4 }
    if isReset {
      loop.network.reset(far)
    } else {
      loop.network.connections[far]!.socket.finishSending()
    }
    loop.wait(for: .reset(near))
    #expect(loop.count(of: .finished(near)) == 0)
    let notes = loop.network.takeNotes()
    #expect(notes.count == 1)
  }

  @Test func aByteThatIsChangedIsACut() throws {
    let loop = try secureLoop()
    let (near, far) = try pair(loop)
    loop.network.connections[far]!.secure!.layer.send(Array("whole".utf8))
    loop.network.collect(far)
    let last = loop.network.connections[far]!.outgoing.count - 1
    loop.network.connections[far]!.outgoing[last] ^= 1
    loop.network.flush(far)
    loop.wait(for: .reset(near))
    #expect(loop.byteCount(on: near) == 0)
    let notes = loop.network.takeNotes()
    #expect(notes.first?.contains("bad record mac") == true)
    // The other side learns by an alert.
    loop.wait(for: .reset(far))
  }

  // MARK: Refusals

  /// Certificates that nobody may trust, and what is said of each.
  static let refusals: [(names: String, isKnown: Bool, isOwn: Bool, age: Int, words: String)] = [
    ("IP:127.0.0.1", true, false, 3_600, ""),
    ("IP:127.0.0.2", true, false, 3_600, "for another host than 127.0.0.1"),
    ("DNS:127.0.0.1", true, false, 3_600, "for another host than 127.0.0.1"),
    ("IP:127.0.0.1", true, false, 31 * 86_400, "expired"),
    ("IP:127.0.0.1", true, false, -3_600, "not valid yet"),
    ("IP:127.0.0.1", false, false, 3_600, "unknown CA"),
    ("IP:127.0.0.1", false, true, 3_600, "self-signed"),
  ]

  @Test(arguments: refusals)
  func whoIsNotTrustedIsRefused(
    _ names: String, _ isKnown: Bool, _ isOwn: Bool, _ age: Int, _ words: String
  ) throws {
    let authority = try MadeCertificate("the test's CA", for: .authority)
    let other = try MadeCertificate("another CA", for: .authority)
    let made = try MadeCertificate(
      "server", for: .server(names: names), by: isOwn ? nil : authority, age: age)
    let loop = try Loop(as: TLSIdentity(made, authority: nil))
    let trusted = try (isKnown ? authority : other).text()
    loop.network.tlsSettings.trusted = Array(trusted.utf8)
    let near = loop.network.connect(to: place(loop))
    loop.wait { $0.events.contains(.opened(near)) || $0.events.contains(.refused(near)) }
    let notes = loop.network.takeNotes()
    #expect(loop.events.contains(.opened(near)) == words.isEmpty)
    #expect(notes.count == (words.isEmpty ? 0 : 1))
    #expect(notes.first?.contains(words) ?? true, "\(notes)")
    if !words.isEmpty {
      let far = try #require(loop.accepted())
      loop.wait(for: .reset(far))
    }
  }

  @Test func anyoneIsTrustedWhereThatIsSaid() throws {
    let loop = try secureLoop {
      $0.trusted = nil
      $0.trustsAnyone = true
    }
    _ = try pair(loop)
  }

  @Test func whatIsNoTLSIsRefused() throws {
    let loop = try Loop()
    let near = loop.network.connect(to: place(loop))
    loop.wait { $0.accepted() != nil && !$0.bytes(on: $0.accepted()!).isEmpty }
    let far = try #require(loop.accepted())
    loop.network.send(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), on: far)
    loop.wait(for: .refused(near))
    let notes = loop.network.takeNotes()
    #expect(notes.first?.contains("plain http") == true)
  }

  @Test func aHandshakeThatEndsIsARefusal() throws {
    let loop = try Loop()
    let near = loop.network.connect(to: place(loop))
    loop.wait { $0.accepted() != nil }
    let far = try #require(loop.accepted())
    loop.network.finish(far)
    loop.wait(for: .refused(near))
    let notes = loop.network.takeNotes()
    #expect(notes.first?.contains("within the handshake") == true)
  }

  /// A client that goes away before its handshake is over leaves nothing behind.
  @Test func aHandshakeMayBeGivenUp() throws {
    let loop = try Loop()
    let near = loop.network.connect(to: place(loop))
    loop.wait { $0.accepted() != nil }
    loop.network.close(near)
    loop.wait { $0.network.connectionCount == 1 && $0.signals(on: near).isEmpty }
  }
}
