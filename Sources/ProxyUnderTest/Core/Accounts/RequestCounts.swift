// How many requests went to each account on the current UTC day: what a free quota is counted by.

/// Requests by account name, for one UTC day.
package struct RequestCounts: Hashable, Sendable {
  /// Days since 1970-01-01 (UTC).
  package private(set) var day: Int
  package private(set) var counts: [String: Int]

  package init(day: Int = 0, counts: [String: Int] = [:]) {
    self.day = day
    self.counts = counts
  }

  /// Counts a request to an account at `date`, in milliseconds since 1970 (UTC).
  ///
  /// - Returns: The number of requests to it on that day, this one included.
  @discardableResult
  package mutating func add(_ name: String, at date: Milliseconds) -> Int {
    let today = Self.day(of: date)
    if today != day { self = RequestCounts(day: today) }
    counts[name, default: 0] += 1
    return counts[name, default: 0]
  }

  /// The UTC day that `date` lies in.
  package static func day(of date: Milliseconds) -> Int {
    let (days, rest) = date.quotientAndRemainder(dividingBy: 86_400_000)
    return rest < 0 ? days - 1 : days
  }
}
