// Files that a user writes by hand: an unknown key is an error, because a misspelt key would otherwise be
// ignored silently.

internal import Foundation
internal import Terminal

/// Throws `UsageError` for the first unknown key of a JSON object, or of one of its `targets`.
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
