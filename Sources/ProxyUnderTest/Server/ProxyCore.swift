// What a proxy's server needs from the core of each client connection: the proxy core itself, or
// one that is wrong on purpose.

package import ProxyUnderTest

/// What a server does with bytes that a client does not take.
package enum ClientQueue: Hashable, Sendable {
  /// Stops reading from the upstream while more than this many bytes wait.
  case pausing(above: Int)
  /// Lets any number of bytes wait; wrong on purpose.
  case growing
  /// Drops what comes while more than this many bytes wait; wrong on purpose.
  case dropping(above: Int)
  /// Like `pausing`, but waiting bytes are dropped when the core aborts; wrong on purpose.
  case forgetting(above: Int)

  /// The number of waiting bytes above which the other side is paused; nil if it never is.
  var pausesAbove: Int? {
    switch self {
    case .pausing(let max), .forgetting(let max): max
    case .growing, .dropping: nil
    }
  }
}

/// Sees each input of a core, with the number of the phase that the core is in before it.
package typealias InputWatcher = (_ phase: Int, _ input: Exchange.Input) -> Void

/// The interface of a core to its server: `Exchange`, or a canary that is wrong on purpose.
package protocol ProxyCore: Sendable {
  /// What is done with bytes that a client does not take; `pausing` above 256 KiB by default.
  static var queue: ClientQueue { get }
  /// Whether it must do everything that the documentation of the embedded proxy promises; false by
  /// default.
  static var isDocumented: Bool { get }
  /// Whether it reads the upstream's TLS records itself, on a network that leaves them to it; false
  /// by default.
  static var readsRecords: Bool { get }
  init(settings: Settings)
  /// Whether the exchange is over.
  var isClosed: Bool { get }
  /// When to feed `Exchange.Input.deadline` to the core, or nil.
  var deadline: Milliseconds? { get }
  /// What the client is doing; `answering`, which never makes room, unless a core overrides it.
  var standing: Standing { get }
  /// The number of the core's phase; nil for a core without phases, and after its end.
  var phaseNumber: Int? { get }
  /// How many bytes of requests are held; 0 unless a core counts them.
  var heldRequestCount: Int { get }
  mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output])
}

/// A core around the proxy core; it implements only what differs.
package protocol WrappedCore: ProxyCore {
  var core: Exchange { get set }
}

extension WrappedCore {
  package var isClosed: Bool { core.isClosed }
  package var deadline: Milliseconds? { core.deadline }
  package mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    core.handle(input, at: now, into: &outputs)
  }
}

extension Exchange: ProxyCore {
  package static var isDocumented: Bool { true }
}

extension ProxyCore {
  package static var queue: ClientQueue { .pausing(above: 256 * 1024) }
  package static var isDocumented: Bool { false }
  package static var readsRecords: Bool { false }
  package var standing: Standing { .answering }
  package var heldRequestCount: Int { 0 }
  package var phaseNumber: Int? { nil }

  /// Handles an input in place, and returns the consequences: the deadline, and how many more bytes
  /// of requests are held. Reading them through the dictionary would copy the whole core.
  mutating func step(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output],
    seenBy watcher: InputWatcher?
  ) -> (deadline: Milliseconds?, growth: Int) {
    if let watcher, let phaseNumber { watcher(phaseNumber, input) }
    let before = heldRequestCount
    handle(input, at: now, into: &outputs)
    return (deadline, heldRequestCount - before)
  }
}
