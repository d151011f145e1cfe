// The canaries of the main job: three ways to lose blocks that were all seen in production.

internal import MockQwen
internal import Recordings
internal import Wire

/// Passes bytes as they come, and calls every end clean.
struct DirectPipe: BodyHandler {
  static let callsEveryEndClean = true
  package func take(_ fragment: [UInt8]) -> [UInt8] { fragment }
}

/// The "streaming fix" that this project began with: it decodes each fragment on its own, splits on
/// LF, and gives a line its LF back only when it starts with `data:` or `event:` or is empty. So
/// `id:`, `retry:` and comment lines fuse with their neighbours, and a character that is cut is lost.
struct LineHandler: BodyHandler {
  static let callsEveryEndClean = true
  private var pending = ""

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    pending.unicodeScalars += String(decoding: fragment, as: UTF8.self).unicodeScalars
    let bytes = Array(pending.utf8)
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    pending = String(decoding: lines.removeLast(), as: UTF8.self)
    return lines.flatMap { line in
      let keeps =
        line.isEmpty || line.starts(with: "data:".utf8) || line.starts(with: "event:".utf8)
      return keeps ? line + [0x0A] : line
    }
  }

  package func finish() -> [UInt8] { Array(pending.utf8) }
}

/// Takes each fragment for whole lines: one that ends inside a line gets a line end.
struct FragmentLines: BodyHandler {
  package func take(_ fragment: [UInt8]) -> [UInt8] {
    fragment.last == 0x0A ? fragment : fragment + [0x0A]
  }
}
