// Where a request goes. A client's base URL should be the one that the recorder prints, but people also
// use its host and port alone, or with the usual `/v1`; all three mean the same.

internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Wire

extension BaseURL {
  /// The target at this upstream for a client's target: with the upstream's path before it, unless it
  /// already begins with that path, or with the end of it.
  ///
  /// For an upstream at `/compatible-mode/v1`, `/compatible-mode/v1/models`, `/v1/models` and
  /// `/models` are the same.
  func target(for asked: String) -> String {
    let asked = originForm(of: asked)
    guard !path.isEmpty, asked.hasPrefix("/") else { return asked }
    var end = path[...]
    while !end.isEmpty {
      if asked == end || asked.hasPrefix(end + "/") || asked.hasPrefix(end + "?") {
        return path.dropLast(end.count) + asked
      }
      end = end.dropFirst().drop { $0 != "/" }
    }
    return path + asked
  }
}

/// A request target in origin form. A client that uses the recorder as a proxy sends the absolute form,
/// which must not be sent to a server (RFC 9112 sections 3.2.1 and 3.2.2). Other forms stay.
func originForm(of target: String) -> String {
  guard target.utf8.first != UInt8(ascii: "/"), let colon = target.firstRange(of: "://"),
    ["http", "https"].contains(target[..<colon.lowerBound].lowercased())
  else { return target }
  let rest = target[colon.upperBound...].drop { $0 != "/" && $0 != "?" && $0 != "#" }
    .prefix { $0 != "#" }
  return rest.first == "/" ? String(rest) : "/" + rest
}
