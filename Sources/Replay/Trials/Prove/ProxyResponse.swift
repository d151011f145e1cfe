// The wire level: the real core from the moment its request was sent upstream, and the client that reads
// its answer. Towards the client the borders of chunks may differ from cut to cut, and so may the number
// of writes. What the strict client reads may not: its head is part of the state, the body that it reads
// is the output, and its position in the framing is part of the state. Time stands still, so that no
// deadline makes two ways of cutting differ.

internal import Judging
package import MockQwen
package import ProxyServing
package import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Wire

/// A proxy core whose whole state can be compared.
package protocol ComparableCore: ProxyCore, Hashable {
  /// The bytes of the response that are held back.
  var heldCount: Int { get }
}

extension Exchange: ComparableCore {}

/// A proxy core that waits for a response, with its client.
package struct ProxyResponse<Core: ComparableCore>: Provable {
  private static var now: Int { 0 }

  /// A head, and how the client reads it.
  private struct KnownHead: Hashable, Sendable {
    package var bytes: [UInt8]
    package var client: ClientReader
  }

  private var core: Core
  private var client = ClientReader()
  private var isClientNew = true
  /// The head that the client gets when the response comes in one piece. Most pieces that hold the head
  /// of the response lead to the same one, which then need not be read again.
  private var knownHeads: [KnownHead] = []
  private var clientClosed = false
  private var upstreamClosed = false
  private var bytesFollow = false
  private var isOver = false
  private let ending: Session.Ending

  /// A core that has sent its request upstream and waits for the response of `transmission`.
  package init(_ core: Core.Type, answering transmission: Transmission) {
    var settings = Settings()
    settings.upstream = BaseURL(scheme: .http, host: "upstream", port: 80, path: "")
    self.core = Core(settings: settings)
    ending = transmission.session.ending
    var head = RequestHead(method: "POST", target: "/v1/chat/completions")
    head.fields.add("Host", "proxy")
    head.fields.add("Content-Length", "2")
    var bytes: [UInt8] = []
    head.write(into: &bytes)
    var outputs: [Exchange.Output] = []
    self.core.handle(.client(bytes + Array("{}".utf8)), at: Self.now, into: &outputs)
    self.core.handle(.upstreamConnected, at: Self.now, into: &outputs)
    knownHeads = Self.heads(of: self.core, transmission.bytes)
  }

  /// The head that `core` sends to its client for the whole response in one write; or none.
  private static func heads(of core: Core, _ response: [UInt8]) -> [KnownHead] {
    var core = core
    var outputs: [Exchange.Output] = []
    core.handle(.upstream(response), at: now, into: &outputs)
    for index in outputs.indices {
      guard case .client(let bytes) = outputs[index] else { continue }
      var client = ClientReader()
      var body: [UInt8] = []
      client.take(bytes, into: &body)
      return body.isEmpty ? [KnownHead(bytes: bytes, client: client)] : []
    }
    return []
  }

  package mutating func feed(_ piece: Span<UInt8>, into output: inout [UInt8]) {
    var bytes: [UInt8] = []
    bytes.append(copying: piece)
    take(.upstream(bytes), into: &output)
  }

  /// The upstream ends as in the session. If the response was complete by its framing, the core has
  /// already released the connection, and gets no event.
  package mutating func finish(into output: inout [UInt8]) {
    isOver = true
    guard !upstreamClosed else { return }
    switch ending {
    case .complete, .truncated: take(.upstreamClosed(.finished), into: &output)
    case .reset: take(.upstreamClosed(.reset), into: &output)
    case .timeout:
      var outputs: [Exchange.Output] = []
      core.handle(.deadline, at: core.deadline ?? Self.now, into: &outputs)
      perform(outputs, into: &output)
    }
  }

  package var heldCount: Int { core.heldCount }

  package var fault: String? {
    if let breach = client.breach { return "the client is sent bad HTTP: \(breach)" }
    if bytesFollow { return "bytes are sent to a client that was closed" }
    let isWhole = client.isComplete || client.endsWithConnection && clientClosed
    return isOver && ending == .complete && !isWhole ? "a complete answer did not end" : nil
  }

  private mutating func take(_ input: Exchange.Input, into output: inout [UInt8]) {
    var outputs: [Exchange.Output] = []
    core.handle(input, at: Self.now, into: &outputs)
    perform(outputs, into: &output)
  }

  private mutating func perform(_ outputs: [Exchange.Output], into output: inout [UInt8]) {
    for wanted in outputs {
      switch wanted {
      case .client(let bytes):
        if clientClosed { bytesFollow = true }
        if isClientNew, let known = knownHeads.first, areSameBytes(bytes, known.bytes) {
          client = known.client
        } else {
          client.take(bytes, into: &output)
        }
        isClientNew = false
      case .closeUpstream, .releaseUpstream: upstreamClosed = true
      case .closeClient, .resetClient: clientClosed = true
      case .wantAccount, .accountOutcome, .connect, .upstream, .readClient, .note: break
      }
    }
  }
}
