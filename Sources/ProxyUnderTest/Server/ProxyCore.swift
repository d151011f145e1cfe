// What a proxy's server asks of the core behind each client connection: the proxy core itself, or one
// that is wrong on purpose.

package import ProxyUnderTest

/// What a server does with bytes for a client that does not take them.
package enum ClientQueue: Hashable, Sendable {
  /// No longer reads from the upstream while more than this many bytes wait.
  case pausing(above: Int)
  /// Lets them wait, however many they are; wrong on purpose.
  case growing
  /// Throws away what comes while more than this many bytes wait; wrong on purpose.
  case dropping(above: Int)
  /// As `pausing`, but what waits is thrown away when the core aborts; wrong on purpose.
  case forgetting(above: Int)

  /// The number of waiting bytes above which the other side has to wait; nil where it never has.
  var pausesAbove: Int? {
    switch self {
    case .pausing(let max), .forgetting(let max): max
    case .growing, .dropping: nil
    }
  }
}

/// Sees each input of a core, with the number of the phase that the core is in before it.
package typealias InputWatcher = (_ phase: Int, _ input: Exchange.Input) -> Void

/// What a proxy core looks like to its server: `Exchange`, or a canary that is wrong on purpose.
package protocol ProxyCore: Sendable {
  /// What is done with bytes for a client that does not take them; `pausing` by default.
  static var queue: ClientQueue { get }
  /// Whether it must keep all that the documentation of the embedded proxy says; false by default.
  static var isDocumented: Bool { get }
  /// Whether it reads the upstream's TLS records itself, where the network can leave them to it; false
  /// by default.
  static var readsRecords: Bool { get }
  init(settings: Settings)
  /// Whether nothing will happen any more.
  var isClosed: Bool { get }
  /// When the core wants `Exchange.Input.deadline`, or nil.
  var deadline: Milliseconds? { get }
  /// How the client stands; `answering`, which never makes room, unless a core knows better.
  var standing: Standing { get }
  /// The number of the phase that the core is in; nil unless a core has phases, or once it is closed.
  var phaseNumber: Int? { get }
  /// How many bytes of requests are held; 0 unless a core counts them.
  var heldRequestCount: Int { get }
  mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output])
}

/// A core around the proxy core; it says only in what it differs.
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

  /// Handles an input in place, and tells what follows from it, the deadline and how much more of
  /// requests is held: a dictionary would hand out a copy of the whole core for reading them.
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
