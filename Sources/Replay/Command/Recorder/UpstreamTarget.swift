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
