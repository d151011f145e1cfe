// Which inputs have met which phases of the proxy core. Counters stay outside the machine: the server
// reports each input with the phase before it. The tally belongs to the task that runs the cases, so
// parallel tasks never count into each other's.

internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Synchronization
internal import Terminal
internal import Wire

/// Counts of inputs by phase, for one task.
package final class PhaseTally: Sendable {
  /// The tally that new stages count into, or nil.
  @TaskLocal package static var current: PhaseTally?

  static let inputNames = [
    "client", "clientClosed", "upstreamConnected", "upstreamRefused", "upstream",
    "upstreamClosed", "deadline", "clientOpened", "clientSlow",
  ]
  /// `phase input`, for every pair.
  package static let names = Exchange.phaseNames.flatMap { phase in
    inputNames.map { "\(phase) \($0)" }
  }

  /// The server that owns a core's connections never sends it these inputs, whatever is drawn. The core
  /// accepts them, without an effect.
  package static let impossible = [
    impossible(
      ["head", "requestBody"],
      ["upstreamConnected", "upstreamRefused", "upstream", "upstreamClosed"],
      because: "no connection to an upstream is open or asked for"),
    impossible(
      ["requestBody", "connecting", "answer", "firstByte", "body"], ["clientOpened"],
      because: "the client is there already"),
    impossible(
      ["connecting"], ["upstream", "upstreamClosed"], because: "the connection does not stand yet"),
    impossible(
      ["answer", "firstByte", "body"], ["upstreamConnected", "upstreamRefused"],
      because: "the connection stands already"),
    impossible(["closed"], inputNames, because: "the server has let the core go"),
  ]

  private static func impossible(
    _ phases: [String], _ inputs: [String], because reason: String
  ) -> Coverage.Impossible {
    Coverage.Impossible(
      names: phases.flatMap { phase in inputs.map { "\(phase) \($0)" } }, reason: reason)
  }

  private let counters = Mutex([Int](repeating: 0, count: names.count))

  /// The counts, in the order of `names`.
  package var counts: [Int] { counters.withLock { $0 } }

  func count(phase: Int, input: Exchange.Input) {
    guard let input = Self.number(input) else { return }
    counters.withLock { $0[phase * Self.inputNames.count + input] += 1 }
  }

  /// The input's index in the names; nil for one that no case brings: it needs accounts, too many
  /// clients, or a stopping proxy.
  private static func number(_ input: Exchange.Input) -> Int? {
    switch input {
    case .client: 0
    case .clientClosed: 1
    case .upstreamConnected: 2
    case .upstreamRefused: 3
    case .upstream: 4
    case .upstreamClosed: 5
    case .deadline: 6
    case .clientOpened: 7
    case .clientSlow: 8
    case .account, .noAccount, .clientSurplus, .clientEvicted, .stop: nil
    }
  }
}
