// What a mock does with the records of a real TLS connection: each comes for itself wherever writes end,
// the handshake may speak in mid-stream, and every way to break a stream is seen as a break.

import Networks
import Testing
import Wire

@testable import Sockets

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: tlsObstacle == nil, "OpenSSL 3 is not installed"))
struct TLSRecordTests {
  /// A connection over TLS, to send on at its far end.
  private struct Line {
    let loop: Loop
    let near: ConnectionID
    let far: ConnectionID

    init(keepsToTLS12: Bool = false) throws {
      let identity = try TLSIdentity.made()
      loop = try Loop(as: identity)
      loop.network.keepsToTLS12 = keepsToTLS12
      loop.network.tlsSettings.trusted = Array(try #require(identity.authority).utf8)
      near = loop.network.connect(
        to: BaseURL(scheme: .https, host: "127.0.0.1", port: loop.port))
      loop.wait { [near] in $0.events.contains(.opened(near)) }
      far = try #require(loop.accepted())
      loop.wait { [far] in $0.network.tlsFacts(of: far) != nil }
    }

    /// What has come in each record.
    var records: [[UInt8]] {
      loop.events.compactMap { event in
        if case .bytes(near, let bytes) = event { bytes } else { nil }
      }
    }
  }

  @Test func recordsAreIndependentOfWrites() throws {
    let line = try Line()
    line.loop.network.send(records: [[1], [2, 3], [4, 5, 6]], withholding: 2, on: line.far)
    line.loop.wait { _ in line.records.count == 2 }
    line.loop.network.send(records: [], withholding: 1, on: line.far)
    line.loop.network.send(records: [[7]], withholding: 0, on: line.far)
    line.loop.wait { _ in line.records.count == 4 }
    #expect(line.records == [[1], [2, 3], [4, 5, 6], [7]])
  }

  @Test func aRecordMayHaveAnySize() throws {
    let line = try Line()
    let sizes = [1, 2, 15, 16, 17, 4_096, 16_383, 16_384]
    line.loop.network.send(records: sizes.map(pattern), withholding: 0, on: line.far)
    line.loop.wait { _ in line.records.count == sizes.count }
    #expect(line.records == sizes.map(pattern))
  }

  @Test(arguments: [PostHandshakeMessage.keyUpdate, .helloRequest])
  func theStreamGoesOnBehindAMessage(_ message: PostHandshakeMessage) throws {
    let line = try Line(keepsToTLS12: message == .helloRequest)
    #expect(
      line.loop.network.tlsFacts(of: line.near)?.version
        == (message == .helloRequest ? "TLSv1.2" : "TLSv1.3"))
    line.loop.network.send(records: [[1]], withholding: 0, on: line.far)
    line.loop.network.send(message, on: line.far)
    line.loop.network.send(records: [[2]], withholding: 0, on: line.far)
    line.loop.wait { _ in line.records.count == 2 }
    line.loop.network.send(records: [[3]], withholding: 0, on: line.far)
    line.loop.network.close(line.far)
    line.loop.wait(for: .finished(line.near))
    #expect(line.records == [[1], [2], [3]])
  }

  static let breaks: [@Sendable (inout SocketNetwork, ConnectionID) -> Void] = [
    { $0.truncate($1) }, { $0.alert($1) },
    {
      $0.send(records: [[8, 9]], withholding: 1, on: $1)
      $0.reset($1)
    },
    {
      $0.send(records: [[8, 9]], withholding: 18, on: $1)
      $0.truncate($1)
    },
  ]

  @Test(arguments: breaks.indices) func aBreakIsABreak(_ index: Int) throws {
    let line = try Line()
    line.loop.network.send(records: [[1]], withholding: 0, on: line.far)
    line.loop.wait { _ in line.records.count == 1 }
    Self.breaks[index](&line.loop.network, line.far)
    line.loop.wait(for: .reset(line.near))
    #expect(line.loop.count(of: .finished(line.near)) == 0)
    #expect(line.records == [[1]])
    #expect(line.loop.network.takeNotes().count == 1)
  }
}
