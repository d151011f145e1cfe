// What a proxy does when it meets what it cannot take. Most canaries say no more and end with the
// upstream; others break the answer off, or pass over the one event. `Dies` is the fourth way.

/// Breaks the answer off where another says no more.
struct Aborts<Flaw: BlockFlaw>: BlockFlaw {
  static var breaksOff: Bool { true }
  private var flaw = Flaw()

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? { flaw.pass(block) }
  package mutating func finish() -> [UInt8] { flaw.finish() }
}

/// Passes over what another gives up at, and goes on.
struct PassesOver<Flaw: BlockFlaw>: BlockFlaw {
  private var flaw = Flaw()

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? { flaw.pass(block) ?? [] }
  package mutating func finish() -> [UInt8] { flaw.finish() }
}

/// Takes at once what comes in one read.
struct WholeReads<Handler: BodyHandler>: BodyHandler {
  static var callsEveryEndClean: Bool { Handler.callsEveryEndClean }
  static var errsOnFailure: Bool { Handler.errsOnFailure }
  static var takesWholeReads: Bool { true }
  private var handler = Handler()

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] { handler.take(fragment) }
  package mutating func finish() -> [UInt8] { handler.finish() }
}
