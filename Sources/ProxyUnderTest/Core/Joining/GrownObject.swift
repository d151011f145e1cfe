// An object that grows member by member. Members keep the order in which they came; each name is
// written once, however many chunks hold it.

/// A JSON object that is put together from pieces.
struct GrownObject: Hashable, Sendable {
  private(set) var names: [[UInt8]] = []
  private var values: [Grown] = []
  private var places: [[UInt8]: Int] = [:]

  /// The value of the member `name`; setting adds it at the end where it is missing.
  subscript(_ name: String) -> Grown? {
    get { self[Array(name.utf8)] }
    set {
      guard let newValue else { return }
      let place = place(of: Array(name.utf8))
      values[place] = newValue
    }
  }

  subscript(_ name: [UInt8]) -> Grown? { places[name].map { values[$0] } }

  /// Joins the members of an object.
  mutating func join(_ piece: JSONPiece, in place: Grown.Place, steps: inout Int) {
    for (name, value) in piece.members.list { join(value, named: name, in: place, steps: &steps) }
  }

  /// Joins one member.
  mutating func join(
    _ value: JSONPiece, named name: [UInt8], in place: Grown.Place, steps: inout Int
  ) {
    let index = self.place(of: name)
    values[index].join(value, named: name, in: place, steps: &steps)
  }

  private mutating func place(of name: [UInt8]) -> Int {
    if let place = places[name] { return place }
    names.append(name)
    values.append(.nothing)
    places[name] = names.count - 1
    return names.count - 1
  }

  /// What its texts show about the way of streaming. Thinking ends before the answer does, so its
  /// empty pieces show nothing.
  var signs: StreamingSigns {
    names.indices.reduce(into: StreamingSigns()) { signs, index in
      var more = values[index].signs
      if names[index].starts(with: "reasoning".utf8) { more.endsEmpty = false }
      signs.add(more)
    }
  }

  /// Appends the object as JSON, without the member `left`.
  func write(into bytes: inout [UInt8], _ style: GrownStyle, without left: String = "") {
    bytes.append(UInt8(ascii: "{"))
    var isFirst = true
    for index in names.indices where !names[index].elementsEqual(left.utf8) {
      writeName(names[index], isFirst: &isFirst, into: &bytes)
      values[index].write(into: &bytes, named: names[index], style)
    }
    bytes.append(UInt8(ascii: "}"))
  }
}

/// Appends a member's name and its colon, after a comma unless it is the first.
func writeName(_ name: [UInt8], isFirst: inout Bool, into bytes: inout [UInt8]) {
  if !isFirst { bytes.append(UInt8(ascii: ",")) }
  isFirst = false
  bytes.append(UInt8(ascii: "\""))
  bytes += name
  bytes += [UInt8(ascii: "\""), UInt8(ascii: ":")]
}
