// Canaries whose process ends by what goes wrong with one stream, and all its other streams with it.

internal import ProxyServing
internal import ProxyUnderTest
internal import Synchronization
internal import Trials
internal import Wire

/// What ends a process, and its last words.
protocol Death: Sendable {
  static var words: String { get }
  /// Whether it dies by an input, or by what the core makes of it once the upstream's head has come.
  static func comes(by input: Exchange.Input, _ outputs: [Exchange.Output]) -> Bool
  /// Whether it comes in front of the upstream's head, and not behind it; false by default.
  static var isEarly: Bool { get }
}
extension Death { static var isEarly: Bool { false } }
/// A reset that nobody catches.
enum ByReset: Death {
  static let words = "Error: read ECONNRESET"
  static func comes(by input: Exchange.Input, _ outputs: [Exchange.Output]) -> Bool {
    input == .upstreamClosed(.reset)
  }
}
/// Any answer that breaks off, where nobody catches it.
enum ByAnyCut: Death {
  static let words = "Error: aborted"
  static func comes(by input: Exchange.Input, _ outputs: [Exchange.Output]) -> Bool {
    guard case .upstreamClosed = input else { return false }
    return outputs.contains(where: \.tellsOfFailure)
  }
}
/// A connection that ends in front of the head, where nobody listens for errors of the request.
enum ByEarlyCut: Death {
  static let words = "Error: socket hang up"
  static let isEarly = true
  static func comes(by input: Exchange.Input, _ outputs: [Exchange.Output]) -> Bool {
    if case .upstreamClosed = input { true } else { false }
  }
}
/// A status that is set when the head has long been sent.
enum ByLateStatus: Death {
  static let words = "Error: headers already sent"
  static func comes(by input: Exchange.Input, _ outputs: [Exchange.Output]) -> Bool {
    ByAnyCut.comes(by: input, outputs)
  }
}

extension Exchange.Output {
  /// Whether the core says with it that the upstream has failed.
  var tellsOfFailure: Bool {
    guard case .client(let bytes) = self else { return false }
    return bytes.starts(with: "HTTP/1.1 5".utf8) || bytes.contains(Array("event: error".utf8))
  }
}

/// What goes wrong with one connection ends the process, and all its streams.
struct DiesForAll<Cause: Death>: EdgeFlaw {
  private var cause = Exchange.Input.deadline
  private var heard: [UInt8] = []
  private var hasHead = false

  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    cause = input
    if !hasHead {
      heard += input.upstreamBytes ?? []
      hasHead = heard.contains(Array("\r\n\r\n".utf8))
    }
    return input
  }
  func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    let isDead = SharedMemory.current.lastWords.withLock { words in
      if words == nil, hasHead != Cause.isEarly, Cause.comes(by: cause, outputs) {
        words = Cause.words
      }
      return words != nil
    }
    return isDead ? [.closeUpstream, .resetClient] : outputs
  }
}

/// Dies where another gives up: nobody catches the error.
struct Dies<Flaw: BlockFlaw>: BlockFlaw {
  private var flaw = Flaw()

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? {
    if let passed = flaw.pass(block) { return passed }
    SharedMemory.current.lastWords.withLock { $0 = "TypeError: undefined" }
    return nil
  }
}
