// Content codings (RFC 9110 section 8.4) of imported bodies. Most tools keep a decoded body with the
// original head, some keep both as they were, so the bytes decide. A recording is made without the
// coding, and without the field that names it.

internal import Inflate
internal import MockQwen

/// A body and the borders at which it was read.
struct CodedBody {
  var bytes: [UInt8]
  var fragments: [Session.Fragment]
  /// Whether the body may end early, because its connection did.
  var mayEndEarly = false

  /// Removes `codings`, the last one first. Returns whether any was removed.
  mutating func undo(_ codings: [String]) throws(ImportError) -> Bool {
    for coding in codings.reversed() where coding != "identity" {
      guard !bytes.isEmpty else { return true }
      if isPlainText(bytes) { return true }
      switch coding {
      case "gzip", "x-gzip": try inflate([.gzip], coding)
      // RFC 9110 section 8.4.1.2: zlib's format; some servers send raw deflate data.
      case "deflate": try inflate([.zlib, .raw], coding)
      default: throw Self.unknown(coding)
      }
    }
    guard codings.allSatisfy({ $0 == "identity" }) else { return true }
    // The field that names the coding is missing from the head.
    if bytes.starts(with: [0x1F, 0x8B, 8]) { try inflate([.gzip], "gzip") }
    if bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { throw Self.unknown("zstd") }
    return false
  }

  private static func unknown(_ coding: String) -> ImportError {
    ImportError(
      "the body is coded with '\(coding)', which is not decoded here; export it decoded, or record "
        + "with Accept-Encoding: identity")
  }

  private mutating func inflate(
    _ wrappers: [Inflater.Wrapper], _ coding: String
  ) throws(ImportError) {
    var reason = ""
    for wrapper in wrappers {
      do {
        try inflate(wrapper)
        return
      } catch {
        reason = "\(error)"
        if error.reason == .tooLarge { break }
      }
    }
    throw ImportError("the body should be \(coding) and cannot be decoded: \(reason)")
  }

  private mutating func inflate(_ wrapper: Inflater.Wrapper) throws(InflateError) {
    var inflater = Inflater(wrapper, limit: ImportLimits.standard.bodyBytesMax)
    var decoded: [Session.Fragment] = []
    var start = 0
    for fragment in fragments {
      try inflater.take(bytes[start..<fragment.end])
      start = fragment.end
      guard inflater.output.count > decoded.last?.end ?? 0 else { continue }
      decoded.append(
        Session.Fragment(end: inflater.output.count, milliseconds: fragment.milliseconds))
    }
    guard inflater.isComplete || mayEndEarly else {
      throw InflateError(.endsEarly, at: bytes.count)
    }
    (bytes, fragments) = (inflater.output, decoded)
  }
}

/// Whether bytes are text: UTF-8 without control characters other than tabs and line ends.
func isPlainText(_ bytes: [UInt8]) -> Bool {
  bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || [0x09, 0x0A, 0x0D].contains($0) }
    && String(validating: bytes, as: UTF8.self) != nil
}
