// All randomness of the project comes from this small integer generator; its seed is printed.

/// The SplitMix64 generator (Steele, Lea and Flood, 2014): the same seed gives the same numbers on
/// every machine and with every version of the standard library.
package struct SeededGenerator: Hashable, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 to `bound - 1`; `bound` is 1 or more. The bias of at most `bound` in 2⁶⁴ does
  /// not matter here.
  package mutating func number(below bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }
}
