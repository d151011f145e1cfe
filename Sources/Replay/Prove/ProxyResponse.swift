// The wire level: the real core from the moment its request went upstream, and the client that reads
// its answer. Towards the client the borders of chunks may differ from cut to cut, as may the number
// of writes; what the strict client makes of them may not: its head is part of the state, the body
// that it reads is the output, and the place at which it stands in the framing is part of the state.
// Time stands still, so that no deadline tells two ways of cutting apart.

package import MockQwen
package import ProxyUnderTest
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

  private var core: Core
  private var client = ClientReader()
  private var clientClosed = false
  private var upstreamClosed = false
  private var bytesFollow = false
  private var isOver = false
  private let ending: Session.Ending

  /// A core that has sent its request for `session` upstream.
  package init(_ core: Core.Type, session: Session) {
    var settings = Settings()
    settings.upstream = BaseURL(scheme: .http, host: "upstream", port: 80, path: "")
    self.core = Core(settings: settings)
    ending = session.ending
    var head = RequestHead(method: "POST", target: "/v1/chat/completions")
    head.fields.add("Host", "proxy")
    head.fields.add("Content-Length", "2")
    var bytes: [UInt8] = []
    head.write(into: &bytes)
    var outputs: [Exchange.Output] = []
    self.core.handle(.client(bytes + Array("{}".utf8)), at: Self.now, into: &outputs)
    self.core.handle(.upstreamConnected, at: Self.now, into: &outputs)
  }

  package mutating func feed(_ piece: Span<UInt8>, into output: inout [UInt8]) {
    var bytes: [UInt8] = []
    bytes.append(copying: piece)
    take(.upstream(bytes), into: &output)
  }

  /// The upstream ends as the session says. A response that was whole by its framing is over: the
  /// core has let the connection go and hears no more of it.
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
        client.take(bytes, into: &output)
      case .closeUpstream: upstreamClosed = true
      case .closeClient, .resetClient: clientClosed = true
      case .wantAccount, .verdict, .connect, .upstream, .note: break
      }
    }
  }
}
