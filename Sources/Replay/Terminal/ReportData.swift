// JSON for files that people compare.

package import Foundation

/// A document as JSON bytes with sorted keys, so that reports can be compared with diff.
package func reportData(_ document: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return try encoder.encode(document) + Data("\n".utf8)
}
