// Sets of field names. Each field of each message is looked up in them, and one of the sets comes
// from the peer: a `Connection` field may name thousands, so a lookup must not take longer when
// there are more names.

internal import Wire

/// A set of field names. The length of a name alone rules out most fields.
struct FieldNames: ExpressibleByArrayLiteral {
  /// A few names, by far the most common case, are compared one by one; more are looked up in a
  /// table.
  private static let listMax = 32

  private let list: [String]
  /// The names in small letters, where there are many.
  private let table: Set<String>
  /// Bit n is set when a name has n bytes; bit 63 stands for 63 and more.
  private let lengths: UInt64

  init(_ names: [String]) {
    let isLong = names.count > Self.listMax
    list = isLong ? [] : names
    table = isLong ? Set(names.map { $0.lowercased() }) : []
    lengths = names.reduce(0) { $0 | Self.bit(of: $1) }
  }

  init(arrayLiteral elements: String...) { self.init(elements) }

  /// How many names a field is compared with at most.
  var comparisonsMax: Int { max(list.count, 1) }

  /// Whether `field` has one of these names, case-insensitively in ASCII.
  func contains(_ field: Field) -> Bool {
    guard lengths & Self.bit(of: field.name) != 0 else { return false }
    guard table.isEmpty else { return table.contains(field.name.lowercased()) }
    for index in list.indices where field.isNamed(list[index]) { return true }
    return false
  }

  private static func bit(of name: String) -> UInt64 { 1 << min(name.utf8.count, 63) }
}
