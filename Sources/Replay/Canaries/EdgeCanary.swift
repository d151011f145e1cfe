// The base of canaries whose bug is at the edges: in heads, ends, connections and repetitions. It is
// the proxy core itself, and the flaw stands between it and its server.

internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Trials
internal import Wire

/// What is done to what the proxy core hears and says.
protocol EdgeFlaw: Sendable {
  /// Whether the proxy with the flaw is judged by the documentation of the embedded one; true by default.
  static var isDocumented: Bool { get }
  init()
  /// What the core hears in place of an input; nil when it hears nothing. By default the input.
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input?
  /// What is done in place of what the core wants done. By default that.
  mutating func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output]
}

extension EdgeFlaw {
  static var isDocumented: Bool { true }
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    input
  }
  mutating func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] { outputs }
}

/// The proxy core with a flaw at its edges.
struct EdgeCanary<Flaw: EdgeFlaw>: WrappedCore {
  package var core: Exchange
  private var flaw = Flaw()

  static var isDocumented: Bool { Flaw.isDocumented }

  init(settings: Settings) { core = Exchange(settings: settings) }

  package mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    guard let heard = flaw.changedInput(input, at: now) else { return }
    var wanted: [Exchange.Output] = []
    core.handle(heard, at: now, into: &wanted)
    outputs += flaw.changedOutputs(wanted)
  }
}

extension [Exchange.Output] {
  /// These outputs with another response head: `edit` changes it.
  func editingHead(_ edit: (inout ResponseHead) -> Void) -> [Exchange.Output] {
    map { output in
      guard case .client(let bytes) = output, let edited = Canaries.editingHead(of: bytes, edit)
      else {
        return output
      }
      return .client(edited)
    }
  }
}

extension Exchange.Input {
  /// This input with another response head of the upstream: `edit` changes it.
  func editingHead(_ edit: (inout ResponseHead) -> Void) -> Exchange.Input {
    guard let bytes = upstreamBytes, let edited = Canaries.editingHead(of: bytes, edit) else {
      return self
    }
    return .upstream(edited)
  }
}

/// `bytes` with another response head, or nil when they do not begin with a whole one.
private func editingHead(
  of bytes: [UInt8], _ edit: (inout ResponseHead) -> Void
) -> [UInt8]? {
  guard bytes.starts(with: "HTTP/1.".utf8) else { return nil }
  var reader = ResponseHeadReader()
  var offset = 0
  guard var head = try? reader.read(bytes.span, at: &offset) else { return nil }
  edit(&head)
  var edited: [UInt8] = []
  head.write(into: &edited)
  return edited + bytes[offset...]
}
