// Every reader is tested through one helper, so that "cut anywhere" means the same thing in every
// test: whole, byte by byte, and at every single split.

/// Every way in which a test feeds `bytes` to a reader: whole, one byte at a time, and cut in two
/// at every place. `n` bytes give `n + 1` ways (and an empty input one way with no piece).
package func everyWay(ofCutting bytes: [UInt8]) -> [[[UInt8]]] {
  guard !bytes.isEmpty else { return [[]] }
  var ways: [[[UInt8]]] = [[bytes], bytes.map { [$0] }]
  for cut in bytes.indices.dropFirst() {
    ways.append([Array(bytes[..<cut]), Array(bytes[cut...])])
  }
  return ways
}
