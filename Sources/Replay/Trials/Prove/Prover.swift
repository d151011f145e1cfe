// A proof that a machine gives the same output however its input is cut. The trace keeps the state before
// every byte. Then each piece of two bytes or more is fed in one call from the state at its start, and
// must lead to exactly the same output and state as its bytes one by one. So any way of cutting can be
// made from the trace by joining pieces one after the other, and none of these steps changes anything:
// all 2^(n-1) ways agree, with n(n+1)/2 feeds.
//
// Jobs are ranges of lengths, handed out in order, so that the first flaw does not depend on which worker
// was faster: short pieces come first, and among those of one length the early ones.

internal import Foundation
internal import Judging
internal import MockQwen
internal import Sockets
internal import Wire

/// For which ways of cutting a proof holds.
package enum ProofScope: Hashable, Sendable, CustomStringConvertible {
  case all
  case pieces(atMost: Int)

  package var description: String {
    switch self {
    case .all: "all chunkings"
    case .pieces(let count): "all chunkings whose pieces are at most \(count) bytes"
    }
  }
}

/// The result of a prover.
package struct Proof: Hashable, Sendable {
  package var scope: ProofScope
  /// How many pieces were fed; for a proof the same in every run.
  package var feedCount: Int
  /// Nil when it is proven.
  package var counterexample: Counterexample?
}

/// Proves that a machine gives the same output for all ways of cutting an input.
package struct Prover<Machine: Provable>: Sendable {
  /// About how many pieces a worker feeds before it asks for another job.
  private static var jobFeeds: Int { 32 * 1024 }
  /// The most traces over one stretch. Workers that share the states of one trace wait for each other
  /// whenever they count the references to the states' storage.
  private static var tracesMax: Int { 4 }
  /// The least number of lengths in a job: pieces that begin at one byte share their states.
  private static var jobLengths: Int { 16 }

  /// Makes the machine in its initial state.
  private let make: @Sendable () -> Machine
  package let input: [UInt8]
  package let promise: Promise
  /// The largest piece that is fed, 1 or more.
  let pieceMax: Int

  /// - Parameters:
  ///   - machine: Makes the machine in its initial state.
  ///   - input: The whole input.
  ///   - promise: The expected output.
  ///   - window: The largest piece for which to prove it, 1 or more; nil for all.
  package init(
    _ machine: @autoclosure @escaping @Sendable () -> Machine, eating input: [UInt8],
    promise: Promise, window: Int? = nil
  ) {
    precondition(window ?? 1 > 0, "a piece has 1 byte or more")
    make = machine
    self.input = input
    self.promise = promise
    pieceMax = min(window ?? input.count, max(1, input.count))
  }

  /// The machine in its initial state.
  var machine: Machine { make() }

  /// For which ways of cutting a proof will hold.
  package var scope: ProofScope { pieceMax < input.count ? .pieces(atMost: pieceMax) : .all }

  /// How many pieces are fed for a whole proof.
  package var feedCount: Int {
    guard !input.isEmpty else { return 0 }
    return pieceMax * (input.count + 1) - pieceMax * (pieceMax + 1) / 2
  }

  /// Proves it, or finds the smallest piece that refutes it. `progress` gets from time to time how many
  /// pieces were fed.
  package func prove(
    workers: Int = processorCount,
    progress: @Sendable (Int) -> Void = { _ in }
  ) async -> Proof {
    var smallest: Flaw?
    var pieceMax = pieceMax
    var fed = 0
    do throws(Flaw) {
      var places = (0..<max(1, min(workers, Self.tracesMax))).map { _ in (make(), 0) }
      var start = 0
      while start < input.count {
        var traces: [ByteTrace<Machine>] = []
        for (machine, outputCount) in places {
          traces.append(
            try ByteTrace(
              machine, over: input, from: start, pieceMax: pieceMax, outputStart: outputCount,
              promise: promise))
        }
        let trace = traces[0]
        fed += trace.starts.count
        if let piece = await divergence(traces, pieceMax, workers, { progress(fed + $0) }) {
          smallest = trace.flaw(of: piece)
          // Only a shorter piece could be smaller.
          pieceMax = piece.count - 1
        }
        fed += (2..<max(2, pieceMax + 1)).reduce(0) { $0 + trace.pieceCount($1) }
        start = trace.starts.upperBound
        places = traces.map(\.end)
      }
      if smallest == nil {
        try promise.checkEnd(places[0].0, at: places[0].1, size: input.count)
      }
    } catch {
      smallest = error
    }
    return Proof(
      scope: scope, feedCount: fed, counterexample: smallest.map { counterexample($0) })
  }

  /// The smallest piece of a stretch whose result differs from that of its bytes one by one.
  private func divergence(
    _ traces: [ByteTrace<Machine>], _ pieceMax: Int, _ workers: Int, _ progress: (Int) -> Void
  ) async -> Range<Int>? {
    await withTaskGroup(of: (worker: Int, piece: Range<Int>?, feeds: Int).self) { group in
      var length = 2
      func addJob(_ worker: Int) {
        guard length <= pieceMax else { return }
        let first = length
        var feeds = 0
        while length <= pieceMax, feeds < Self.jobFeeds || length - first < Self.jobLengths {
          feeds += traces[0].pieceCount(length)
          length += 1
        }
        let (trace, lengths, count) = (traces[worker % traces.count], first..<length, feeds)
        group.addTask { (worker, trace.firstDivergence(lengths), count) }
      }
      for worker in 0..<max(1, workers) { addJob(worker) }
      var found: [Range<Int>] = []
      var fed = 0
      while let result = await group.next() {
        if let piece = result.piece { found.append(piece) }
        if found.isEmpty { addJob(result.worker) }
        fed += result.feeds
        progress(fed)
      }
      return found.min { ($0.count, $0.lowerBound) < ($1.count, $1.lowerBound) }
    }
  }
}
