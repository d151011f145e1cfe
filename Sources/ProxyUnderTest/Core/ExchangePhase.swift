// What an exchange shows to tests and tools that count which phases have met which inputs, and how
// much is held: read-only, and not part of the machine.

extension Exchange {
  /// The names of the phases, in the order in which a request goes through them; those that need
  /// accounts are left out.
  package static let phaseNames = [
    "head", "requestBody", "connecting", "answer", "firstByte", "body", "closed",
  ]

  /// The place of the current phase in `phaseNames`; nil for one that needs accounts.
  package var phaseNumber: Int? {
    switch phase {
    case .head: 0
    case .requestBody: 1
    case .connecting: 2
    case .answer: 3
    case .firstByte: 4
    case .body: 5
    case .closed: 6
    case .account, .refusal: nil
    }
  }

  /// The bytes of the open block that are held.
  package var heldCount: Int { relay.held.count }
}
