// Where a request goes. A client's base URL should be the one that the recorder prints, but people give
// it this place alone, or with the `/v1` that clients are used to; all three mean the same.

internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Wire

extension BaseURL {
  /// The target at this upstream for what a client has asked for: with the upstream's path before it,
  /// unless it begins with that, or with the end of it.
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

/// A request target in origin form: a client that takes the recorder for a proxy sends the absolute one,
/// which a server must not be sent (RFC 9112 sections 3.2.1 and 3.2.2). Other forms stay.
func originForm(of target: String) -> String {
  guard target.utf8.first != UInt8(ascii: "/"), let colon = target.firstRange(of: "://"),
    ["http", "https"].contains(target[..<colon.lowerBound].lowercased())
  else { return target }
  let rest = target[colon.upperBound...].drop { $0 != "/" && $0 != "?" && $0 != "#" }
    .prefix { $0 != "#" }
  return rest.first == "/" ? String(rest) : "/" + rest
}
