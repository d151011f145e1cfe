// What can be proven: a machine that eats bytes and gives bytes, as a value. That it is a value is
// all that the proof needs: a copy is a snapshot, and two that are equal have the same future.

internal import MockQwen
package import ProxyUnderTest
internal import Wire

/// A machine whose answers to all ways of cutting its input can be proven to be the same.
///
/// Equality must be exact: whatever can change a later answer takes part in it.
package protocol Provable: Hashable, Sendable {
  /// Takes the next piece of the input, never an empty one; appends what leaves to `output`.
  mutating func feed(_ piece: Span<UInt8>, into output: inout [UInt8])
  /// Takes the end of the input.
  mutating func finish(into output: inout [UInt8])
  /// About how many bytes this value holds of the input, so that long traces stay in memory.
  var heldCount: Int { get }
  /// What is wrong beyond the bytes that left, in words; nil when all is well. Equal machines have
  /// equal faults.
  var fault: String? { get }
}

extension Provable {
  package var fault: String? { nil }
}

extension Relay: Provable {
  package var heldCount: Int { held.count }
}
