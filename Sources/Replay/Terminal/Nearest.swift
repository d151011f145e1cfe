// "Did you mean …": the known word that is nearest to an unknown one.

/// `; did you mean 'NAME'?` for a word that is nearly one of `known`; empty when none is near.
package func nearest(_ word: String, _ known: some Sequence<String>) -> String {
  nearestWord(word, known).map { "; did you mean '\($0)'?" } ?? ""
}

/// The known word that is nearest to a mistyped one: at most a third of its letters differ, or the word
/// is the beginning of exactly one.
package func nearestWord(_ word: String, _ known: some Sequence<String>) -> String? {
  let typed = Array(word.lowercased().prefix(64))
  guard !typed.isEmpty else { return nil }
  let near = known.map { name in (name: name, distance: distance(typed, Array(name.lowercased()))) }
    .filter { $0.distance <= max(1, min(typed.count, $0.name.count) / 3) }
    .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
  if let near { return near.name }
  let longer = known.filter { typed.count > 2 && $0.lowercased().hasPrefix(word.lowercased()) }
  return longer.count == 1 ? longer[0] : nil
}

/// How many letters must be inserted, deleted, changed or swapped with their neighbour to turn one word
/// into the other (the distance of Damerau and Levenshtein, without overlaps).
private func distance(_ left: [Character], _ right: [Character]) -> Int {
  var rows = [Array(0...right.count)]
  for row in 1..<left.count + 1 {
    var line = [row]
    for column in 1..<right.count + 1 {
      let isSame = left[row - 1] == right[column - 1]
      var least = min(
        rows[row - 1][column] + 1, line[column - 1] + 1,
        rows[row - 1][column - 1] + (isSame ? 0 : 1))
      if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1]
      {
        least = min(least, rows[row - 2][column - 2] + 1)
      }
      line.append(least)
    }
    rows.append(line)
  }
  return rows[left.count][right.count]
}
