// The files that a user writes by hand: a key that nobody reads is an error, as a misspelt one would
// else be left out in silence.

internal import Foundation
internal import Terminal

/// Throws `UsageError` for the first key of a JSON object, or of one of its `targets`, that is not known.
func refuseUnknownKeys(
  _ data: Data, known: [some CodingKey], ofTargets targetKeys: [some CodingKey]
) throws {
  func check(_ object: [String: Any], _ known: [String], _ place: String) throws {
    guard let key = Set(object.keys).subtracting(known).min() else { return }
    throw UsageError(
      "unknown key '\(key)'\(place)\(nearest(key, known)); known are "
        + known.joined(separator: ", "))
  }
  let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  try check(object, known.map(\.stringValue), "")
  for target in object["targets"] as? [[String: Any]] ?? [] {
    try check(target, targetKeys.map(\.stringValue), " in target '\(target["name"] ?? "")'")
  }
}
