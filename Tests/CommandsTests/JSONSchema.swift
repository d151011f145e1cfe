// Just enough of JSON Schema (draft 2020-12) to hold a document against the schemas in docs/: type, const,
// enum, required, properties, additionalProperties, items, minimum, oneOf and $ref into $defs. A keyword
// that is not one of these fails, so that none is passed over in silence.

import Foundation

/// A schema, and what of a document breaks it.
struct JSONSchema {
  private let root: [String: Any]

  init(_ data: Data) throws {
    root = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  /// A schema of the project's docs.
  static func named(_ name: String) throws -> JSONSchema {
    let docs = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "docs/\(name)")
    return try JSONSchema(Data(contentsOf: docs))
  }

  /// Each breach with its place; empty when the document keeps the schema.
  func breaches(_ data: Data) throws -> [String] {
    let document = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
    return breaches(document, root, "$")
  }

  private static let notes: Set<String> = ["$schema", "$id", "title", "description", "$defs"]

  private func breaches(_ value: Any, _ schema: [String: Any], _ place: String) -> [String] {
    schema.keys.sorted().filter { !Self.notes.contains($0) }.flatMap { key -> [String] in
      let rule = schema[key] as Any
      switch key {
      case "$ref":
        let name = (rule as? String ?? "").replacing("#/$defs/", with: "")
        let definition = (root["$defs"] as? [String: Any])?[name] as? [String: Any]
        return definition.map { breaches(value, $0, place) } ?? ["\(place): no definition \(name)"]
      case "type":
        return Self.isType(rule as? String ?? "", value) ? [] : ["\(place): not of type \(rule)"]
      case "const": return Self.isSame(rule, value) ? [] : ["\(place): is not \(rule)"]
      case "enum":
        let list = rule as? [Any] ?? []
        return list.contains { Self.isSame($0, value) } ? [] : ["\(place): \(value) is not listed"]
      case "minimum":
        let least = (rule as? NSNumber)?.doubleValue ?? 0
        let number = (value as? NSNumber)?.doubleValue
        return number.map { $0 < least } == true ? ["\(place): below \(least)"] : []
      case "required":
        let object = value as? [String: Any] ?? [:]
        return (rule as? [String] ?? []).filter { object[$0] == nil }.map {
          "\(place): lacks \($0)"
        }
      case "properties":
        guard let object = value as? [String: Any], let rules = rule as? [String: [String: Any]]
        else { return [] }
        return object.keys.sorted().flatMap { name in
          rules[name].map { breaches(object[name] as Any, $0, "\(place).\(name)") } ?? []
        }
      case "additionalProperties": return additional(value, schema, rule, place)
      case "items":
        guard let list = value as? [Any], let rule = rule as? [String: Any] else { return [] }
        return list.enumerated().flatMap { breaches($1, rule, "\(place)[\($0)]") }
      case "oneOf":
        let results = (rule as? [[String: Any]] ?? []).map { breaches(value, $0, place) }
        return results.count { $0.isEmpty } == 1
          ? [] : ["\(place): fits none of: \(results.map { $0.first ?? "fits" })"]
      default: return ["\(place): the keyword \(key) is not known"]
      }
    }
  }

  private func additional(
    _ value: Any, _ schema: [String: Any], _ rule: Any, _ place: String
  ) -> [String] {
    let known = (schema["properties"] as? [String: Any] ?? [:]).keys
    let object = (value as? [String: Any] ?? [:]).filter { !known.contains($0.key) }
    if let rule = rule as? [String: Any] {
      return object.keys.sorted().flatMap {
        breaches(object[$0] as Any, rule, "\(place).\($0)")
      }
    }
    return rule as? Bool == false ? object.keys.sorted().map { "\(place): unknown \($0)" } : []
  }

  private static func isSame(_ left: Any, _ right: Any) -> Bool {
    (left as? NSObject)?.isEqual(right) ?? false
  }

  private static func isType(_ name: String, _ value: Any) -> Bool {
    switch name {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "boolean": value is Bool
    case "integer": (value as? NSNumber).map { $0.doubleValue.rounded() == $0.doubleValue } ?? false
    case "number": value is NSNumber
    default: false
    }
  }
}
