// JSON for files that people compare.

package import Foundation

/// A document as the bytes of a report: keys in order, so that reports diff.
package func reportData(_ document: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return try encoder.encode(document) + Data("\n".utf8)
}
