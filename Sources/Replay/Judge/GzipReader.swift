// Reads gzip members (RFC 1952) that hold nothing but stored blocks (RFC 1951 section 3.2.4): what the
// mock makes when an upstream flushes a coded stream behind every event. A recording of a compressed
// stream is compared by its bytes alone.

internal import Wire

/// What a gzip body holds, as far as it has come; nil when it is none, or really compressed.
package func gzipContent(of body: [UInt8]) -> [UInt8]? {
  let magic: [UInt8] = [0x1F, 0x8B, 8, 0]
  guard body.starts(with: magic) else { return nil }
  var content: [UInt8] = []
  var index = 10
  while index < body.count {
    let header = body[index]
    guard header >> 1 & 3 == 0 else { return nil }
    guard index + 5 <= body.count else { return content }
    let count = Int(body[index + 1]) | Int(body[index + 2]) << 8
    let complement = Int(body[index + 3]) | Int(body[index + 4]) << 8
    guard count ^ 0xFFFF == complement else { return nil }
    index += 5
    content += body[min(index, body.count)..<min(index + count, body.count)]
    index += count
    // The last block; a checksum and the length follow, and then nothing.
    if header & 1 == 1 { return body.count <= index + 8 ? content : nil }
  }
  return content
}
