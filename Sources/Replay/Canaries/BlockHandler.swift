// The base of canaries whose bug is in what they make of whole events: the stream is cut into blocks
// by the right relay, nothing is lost by reading, and then the flaw has its way with each block.

internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Trials
internal import Wire

/// A block as a flaw sees it.
struct StreamBlock {
  /// All bytes of the block, its blank line included.
  package let bytes: [UInt8]
  /// The event that it dispatches, or nil.
  package let event: Event?
  package let comments: [[UInt8]]
  package let fields: [Line]

  var isDone: Bool { event?.data == Array("[DONE]".utf8) }

  /// Whether `text` stands anywhere in it.
  func has(_ text: String) -> Bool { bytes.contains(Array(text.utf8)) }

  /// Its bytes with `new` for each `old`.
  package func with(_ old: String, _ new: String) -> [UInt8] {
    bytes.replacing(Array(old.utf8), with: Array(new.utf8))
  }

  /// The block's data as JSON; nil where it is no object or list.
  var json: EventJSON? { event.flatMap { EventJSON($0.data) } }

  /// Its bytes with the object of its data changed; as they are where nothing changes.
  func changing(_ change: (inout EventJSON) -> Void) -> [UInt8] {
    guard let data = event?.data, let old = EventJSON(data) else { return bytes }
    var new = old
    change(&new)
    return new == old ? bytes : bytes.replacing(data, with: new.bytes)
  }

  /// What stands between the quotes behind `"name":`; nil when there is no such text.
  package func text(_ name: String) -> [UInt8]? {
    let start = Array("\"\(name)\":\"".utf8)
    guard let range = bytes.firstRange(of: start) else { return nil }
    return Array(bytes[range.upperBound...].prefix { $0 != UInt8(ascii: "\"") })
  }

  /// Its lines without their ends, and without the blank one.
  package var lines: [[UInt8]] { bytes.split { $0 == 0x0A || $0 == 0x0D }.map(Array.init) }
}

/// What is done to the blocks of a stream.
protocol BlockFlaw: Sendable {
  /// Whether the answer breaks off where nothing more goes; false where nothing else is said, and it
  /// then ends when the upstream's does.
  static var breaksOff: Bool { get }
  init()
  /// What goes to the client in place of a block; nil when that is the end of all that goes.
  mutating func pass(_ block: StreamBlock) -> [UInt8]?
  /// The body has ended; returns what still goes to the client. Nothing by default.
  mutating func finish() -> [UInt8]
}

extension BlockFlaw {
  static var breaksOff: Bool { false }
  package mutating func finish() -> [UInt8] { [] }
}

/// A body handler that loses nothing but what its flaw loses.
struct BlockHandler<Flaw: BlockFlaw>: BodyHandler {
  private var relay = Relay()
  private var flaw = Flaw()
  private var hasStopped = false

  var breaksOff: Bool { hasStopped && Flaw.breaksOff }

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    var released: [UInt8] = []
    relay.feed(fragment.span, into: &released)
    return pass(released)
  }

  package mutating func finish() -> [UInt8] {
    var released: [UInt8] = []
    relay.finish(into: &released)
    return pass(released) + flaw.finish()
  }

  mutating func fail(_ failure: ProxyError) -> [UInt8] { failure.event }

  private mutating func pass(_ released: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    for block in ReferenceReader.blocks(in: released) where !hasStopped {
      let seen = StreamBlock(
        bytes: Array(released[block.range]), event: block.event, comments: block.comments,
        fields: block.fields)
      guard let passed = flaw.pass(seen) else {
        hasStopped = true
        break
      }
      output += passed
    }
    return output
  }
}

/// A proxy that is right but for what its flaw does to blocks.
typealias BlockCanary<Flaw: BlockFlaw> = CanaryProxy<BlockHandler<Flaw>>
