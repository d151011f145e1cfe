// The base of canaries that ask the upstream again when they must not, or not so.

internal import ProxyServing
internal import ProxyUnderTest
internal import Trials
internal import Wire

/// When a proxy asks the upstream a second time, and how.
protocol SecondRequest: Sendable {
  /// Whether it does at this input; `isAnswered` when the client has its head.
  static func begins(_ input: Exchange.Input, isAnswered: Bool) -> Bool
  /// Whether it does when the answer breaks off of which the client has these bytes; by default it does not.
  static func begins(atFailureOf answer: [UInt8]) -> Bool
  /// Changes the second request on its way; by default nothing.
  static func change(_ request: inout [UInt8])
  /// The key that it asks with; by default the same.
  static func key(_ key: String) -> String
}

extension SecondRequest {
  static func begins(atFailureOf answer: [UInt8]) -> Bool { false }
  static func change(_ request: inout [UInt8]) {}
  static func key(_ key: String) -> String { key }
}

/// Asks the upstream a second time, once. The client gets one head, and the second answer behind what
/// it has of the first.
struct AsksAgain<Second: SecondRequest>: WrappedCore {
  package var core: Exchange
  private let settings: Settings
  private var request: [UInt8] = []
  private var isAnswered = false
  private var answer: [UInt8] = []
  private var isSecond = false

  init(settings: Settings) {
    self.settings = settings
    core = Exchange(settings: settings)
  }

  package mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    var wanted: [Exchange.Output] = []
    if case .client(let bytes) = input { request += bytes }
    if !isSecond,
      Second.begins(input, isAnswered: isAnswered)
        || Second.begins(atFailureOf: answer) && isFailure(input, at: now)
    {
      isSecond = true
      outputs.append(.closeUpstream)
      var other = settings
      other.key = Second.key(settings.key)
      core = Exchange(settings: other)
      core.handle(.client(request), at: now, into: &wanted)
    } else {
      core.handle(input, at: now, into: &wanted)
    }
    for output in wanted {
      if let passed = passed(output) { outputs.append(passed) }
    }
  }

  /// Whether the core takes an input for the failure of the upstream.
  private func isFailure(_ input: Exchange.Input, at now: Milliseconds) -> Bool {
    guard case .upstreamClosed = input else { return false }
    var (trial, outputs) = (core, [Exchange.Output]())
    trial.handle(input, at: now, into: &outputs)
    return outputs.contains(where: \.tellsOfFailure)
  }

  private mutating func passed(_ output: Exchange.Output) -> Exchange.Output? {
    switch output {
    case .client(let bytes) where bytes.starts(with: "HTTP/1.".utf8):
      defer { isAnswered = true }
      return isAnswered ? nil : output
    case .client(let bytes) where !isSecond:
      answer += bytes
      return output
    case .upstream(var bytes) where isSecond:
      Second.change(&bytes)
      return .upstream(bytes)
    default: return output
    }
  }
}
