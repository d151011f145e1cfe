// A recording is proven at two levels: its body through the relay, and its whole response through the
// proxy core. This file combines the parts of a proof for a session, and finds for a counterexample the
// delivery that shows it again.

internal import Judging
package import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Wire

/// How much of the proxy is proven.
package enum ProofLevel: String, Hashable, Sendable, CaseIterable {
  /// The body through the relay.
  case relay
  /// Response head, framing and body through the proxy core; the output is the body that its client
  /// reads.
  case wire
}

/// The result for a session at one level.
package struct LevelProof: Hashable, Sendable {
  package var level: ProofLevel
  /// How many bytes are cut.
  package var byteCount: Int
  /// Nil when there is nothing to prove: a body that is not an event stream does not go through the
  /// relay.
  package var proof: Proof?
  /// The delivery that shows the counterexample; if there is none, a delivery without cuts.
  package var plan: Plan
  /// Where the body begins in the delivery, for the relay level, at which only the body is cut.
  package var bodyStart: Int?
  /// The piece of the counterexample, up to the number of bytes that a report shows.
  package var piece: [UInt8] = []
}

/// Which pieces are fed.
package struct ProofOptions: Hashable, Sendable {
  /// The window, in bytes, for sessions that are too long to be proven for all chunkings.
  package static let windowOfLongSessions = 64

  /// The largest piece; nil for all, up to `limitBytes`.
  package var window: Int?
  /// The most bytes that are proven for all chunkings when no window is given.
  package var limitBytes = 16_000

  package init(window: Int? = nil, limitBytes: Int = 16_000) {
    self.window = window
    self.limitBytes = limitBytes
  }

  /// The window for a session with this many bytes to cut; nil to prove all chunkings.
  package func window(for byteCount: Int) -> Int? {
    window ?? (byteCount > limitBytes ? Self.windowOfLongSessions : nil)
  }
}

/// Proves `session` at a level. `progress` gets how many of how many pieces were fed.
package func prove(
  _ session: Session, at level: ProofLevel, options: ProofOptions = ProofOptions(),
  progress: @Sendable (Int, Int) -> Void = { _, _ in }
) async -> LevelProof {
  switch level {
  case .relay: await prove(session, relay: Relay(), options: options, progress: progress)
  case .wire: await prove(session, core: Exchange.self, options: options, progress: progress)
  }
}

/// Proves that `relay` passes on the body of `session` however it is cut.
package func prove(
  _ session: Session, relay: some Provable, options: ProofOptions = ProofOptions(),
  progress: @Sendable (Int, Int) -> Void = { _, _ in }
) async -> LevelProof {
  // Only without framing do the pieces of a delivery reach the relay unchanged.
  var plan = Plan()
  plan.framing = .close
  let body = session.body
  var level = LevelProof(level: .relay, byteCount: body.count, plan: plan)
  guard Expectation.whole(session).isEventStream else { return level }
  level.bodyStart = Transmission(session, plan).headEnd
  let prover = Prover(
    relay, eating: body, promise: Promise(relaying: session),
    window: options.window(for: body.count))
  return await prover.fill(level, progress)
}

/// Proves that a proxy core passes on the response of `session` however it is cut, in its recorded
/// framing.
package func prove(
  _ session: Session, core: (some ComparableCore).Type, options: ProofOptions = ProofOptions(),
  progress: @Sendable (Int, Int) -> Void = { _, _ in }
) async -> LevelProof {
  var plan = Plan()
  plan.framing =
    switch session.framing {
    case .chunked: .chunked(ChunkDress())
    case .length: .length
    case .close: .close
    }
  let sent = Transmission(session, plan)
  let prover = Prover(
    ProxyResponse(core, answering: sent), eating: sent.bytes, promise: Promise(sending: sent),
    window: options.window(for: sent.bytes.count))
  return await prover.fill(
    LevelProof(level: .wire, byteCount: sent.bytes.count, plan: plan), progress)
}

extension Prover {
  /// Runs the proof, and fills in the result.
  fileprivate func fill(
    _ empty: LevelProof, _ progress: @Sendable (Int, Int) -> Void
  ) async -> LevelProof {
    var level = empty
    let all = feedCount
    let proof = await prove { progress($0, all) }
    level.proof = proof
    guard let example = proof.counterexample else { return level }
    level.piece = Array(input[example.flaw.piece].prefix(256))
    let start = level.bodyStart ?? 0
    level.plan.cuts = .places(example.cuts.map { start + $0 }, of: start + input.count)
    if let breach = example.breach, breach.kind == .early {
      // Bytes that left too early do harm when the stream breaks right after them.
      level.plan.fault = Fault(.reset, at: start + breach.piece.upperBound)
    }
    return level
  }
}

extension Cuts {
  /// Cuts at `offsets`, in the shortest notation.
  fileprivate static func places(_ offsets: [Int], of count: Int) -> Cuts {
    offsets.isEmpty ? .whole : offsets.count == count - 1 ? .every(1) : .at(offsets)
  }
}
