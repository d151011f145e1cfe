// What can be proven: a machine that takes bytes and puts out bytes, as a value. The proof needs no more
// than that: a copy is a snapshot, and two equal values have the same future.

internal import MockQwen
package import ProxyUnderTest
internal import Wire

/// A machine that can be proven to give the same output for all ways of cutting its input.
///
/// Equality must be exact: everything that can change a later output is part of it.
package protocol Provable: Hashable, Sendable {
  /// Takes the next piece of the input, which is never empty; appends the output.
  mutating func feed(_ piece: Span<UInt8>, into output: inout [UInt8])
  /// Takes the end of the input.
  mutating func finish(into output: inout [UInt8])
  /// About how many bytes of the input this value holds, so that long traces fit into memory.
  var heldCount: Int { get }
  /// What is wrong besides the output, in words; nil when nothing is. Equal machines have equal faults.
  var fault: String? { get }
}

extension Provable {
  package var fault: String? { nil }
}

extension Relay: Provable {
  package var heldCount: Int { held.count }
}
