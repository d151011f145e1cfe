// Relays that are wrong on purpose: each in one way that depends on where its input is cut, and right
// otherwise. The prover must refute every one of them.

import ProxyUnderTest

@testable import ProxyServing
@testable import Trials

/// The real relay, fed with what a flaw makes of each piece.
protocol WrongRelay: Provable {
  var relay: Relay { get set }
  init()
}

extension WrongRelay {
  var heldCount: Int { relay.heldCount }
  mutating func finish(into output: inout [UInt8]) { relay.finish(into: &output) }
  mutating func pass(_ bytes: [UInt8], into output: inout [UInt8]) {
    if !bytes.isEmpty { relay.feed(bytes.span, into: &output) }
  }
}

func bytes(_ span: Span<UInt8>) -> [UInt8] { span.indices.map { span[$0] } }

/// Loses the LF at the start of a piece when the piece before ended in CR.
struct SplitsLineEnds: WrongRelay {
  var relay = Relay()
  var endedInReturn = false

  mutating func feed(_ piece: Span<UInt8>, into output: inout [UInt8]) {
    let all = bytes(piece)
    pass(Array(all.dropFirst(endedInReturn && all[0] == 0x0A ? 1 : 0)), into: &output)
    endedInReturn = all.last == 0x0D
  }
}

/// Forgets what it holds when that is more than 512 bytes.
struct ForgetsLongBlocks: WrongRelay {
  var relay = Relay()

  mutating func feed(_ piece: Span<UInt8>, into output: inout [UInt8]) {
    pass(bytes(piece), into: &output)
    if relay.held.count > 512 { relay = Relay() }
  }
}

/// Reads every piece as UTF-8 of its own.
struct SplitsCharacters: WrongRelay {
  var relay = Relay()

  mutating func feed(_ piece: Span<UInt8>, into output: inout [UInt8]) {
    pass(Array(String(decoding: bytes(piece), as: UTF8.self).utf8), into: &output)
  }
}

/// Hands every piece on as it comes, complete or not.
struct FlushesPieces: WrongRelay {
  var relay = Relay()

  mutating func feed(_ piece: Span<UInt8>, into output: inout [UInt8]) { output += bytes(piece) }
}

/// Loses the last byte of a piece of three.
struct DropsThirdByte: WrongRelay {
  var relay = Relay()

  mutating func feed(_ piece: Span<UInt8>, into output: inout [UInt8]) {
    pass(Array(bytes(piece).prefix(piece.count == 3 ? 2 : .max)), into: &output)
  }
}

/// Is right, but counts pieces where nobody sees it.
struct CountsPieces: WrongRelay {
  var relay = Relay()
  var count = 0

  mutating func feed(_ piece: Span<UInt8>, into output: inout [UInt8]) {
    count += 1
    pass(bytes(piece), into: &output)
  }
}

/// Loses the last byte of a piece of three, and the piece `@@`.
struct DropsThirdByteAndPair: WrongRelay {
  var relay = Relay()

  mutating func feed(_ piece: Span<UInt8>, into output: inout [UInt8]) {
    let all = bytes(piece)
    if all == [0x40, 0x40] { return }
    pass(Array(all.prefix(all.count == 3 ? 2 : .max)), into: &output)
  }
}

/// A proxy core that passes over an upstream fragment of nothing but CR LF.
struct DropsEmptyLines: ComparableCore {
  var core: Exchange

  init(settings: Settings) { core = Exchange(settings: settings) }

  var isClosed: Bool { core.isClosed }
  var deadline: Milliseconds? { core.deadline }
  var heldCount: Int { core.heldCount }

  mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    if input == .upstream([0x0D, 0x0A]) { return }
    core.handle(input, at: now, into: &outputs)
  }
}
