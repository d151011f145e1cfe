// The content of a coded body (RFC 9110 section 8.4.1), as far as it has come, as a client with this
// coding reads it. For a coding that is not implemented here (br, zstd) only the bytes are compared.

internal import Inflate
internal import Wire

/// More than any recording holds: a few kilobytes must not decode to gigabytes.
private let contentBytesMax = 256 << 20

/// The content of a body in a coding, as far as it has come; nil when it is not in that coding, or the
/// coding is not implemented here.
package func content(of body: [UInt8], coding: String) -> [UInt8]? {
  let wrappers: [Inflater.Wrapper]
  switch coding.lowercased() {
  case "gzip", "x-gzip": wrappers = [.gzip]
  // Some servers send the bare data.
  case "deflate": wrappers = [.zlib, .raw]
  default: return nil
  }
  for wrapper in wrappers {
    var inflater = Inflater(wrapper, limit: contentBytesMax)
    guard (try? inflater.take(body)) != nil else { continue }
    return inflater.output
  }
  return nil
}
