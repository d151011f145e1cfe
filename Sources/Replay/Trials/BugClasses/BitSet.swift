// A set of the few things that a report counts, as the bits of one number: comparing and joining such
// sets is as cheap as an addition, and a fuzz run does it for every case.

/// A thing that has a bit of its own.
package protocol BitSetMember {
  /// Its bit, 0 to 127, which no other has.
  var bit: Int { get }
}

extension BitSetMember where Self: RawRepresentable, RawValue == Int {
  package var bit: Int { rawValue }
}

/// A set of things with a bit each.
package struct BitSet<Member: BitSetMember>: Hashable, Sendable, ExpressibleByArrayLiteral {
  private var bits: UInt128

  /// The set of the members whose bits are 1.
  package init(bits: UInt128 = 0) { self.bits = bits }

  package init(arrayLiteral members: Member...) {
    self.init()
    for member in members { insert(member) }
  }

  package var count: Int { bits.nonzeroBitCount }

  package func contains(_ member: Member) -> Bool { contains(bit: member.bit) }
  package func contains(bit: Int) -> Bool { bits & (1 << bit) != 0 }
  package func isSuperset(of other: Self) -> Bool { bits & other.bits == other.bits }

  package mutating func insert(_ member: Member) { insert(bit: member.bit) }
  package mutating func insert(_ member: Member, if holds: Bool) {
    if holds { insert(member) }
  }
  package mutating func insert(bit: Int) { bits |= 1 << bit }
  package mutating func formUnion(_ other: Self) { bits |= other.bits }
}
