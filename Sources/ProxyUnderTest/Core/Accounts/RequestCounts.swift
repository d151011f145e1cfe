// How many requests went to each account on the current UTC day: free quotas are counted by that
// day.

/// Requests by account name, for one UTC day.
package struct RequestCounts: Hashable, Sendable {
  /// Days since 1970-01-01 (UTC).
  package private(set) var day: Int
  /// Requests by account name, each 0 to `countMax`.
  package private(set) var counts: [String: Int]

  package init(day: Int = 0, counts: [String: Int] = [:]) {
    self.day = day
    // A file may hold any number; adding to it must not overflow.
    self.counts = counts.mapValues { min(max($0, 0), Self.countMax) }
  }

  /// More requests than any account can be sent in a day.
  package static let countMax = 1_000_000_000_000_000

  /// Counts a request to an account at `date`, in milliseconds since 1970 (UTC).
  ///
  /// - Returns: The number of requests to it on that day, this one included.
  @discardableResult
  package mutating func add(_ name: String, at date: Milliseconds) -> Int {
    let today = Self.day(of: date)
    if today != day { self = RequestCounts(day: today) }
    counts[name] = min(counts[name, default: 0] + 1, Self.countMax)
    return counts[name, default: 0]
  }

  /// Adds what other programs have counted: counts of the same day are summed; of two days, the
  /// later one stays.
  package mutating func merge(_ other: RequestCounts) {
    guard other.day == day else {
      if other.day > day { self = other }
      return
    }
    for (name, count) in other.counts {
      counts[name] = min(counts[name, default: 0] + count, Self.countMax)
    }
  }

  /// What has been counted since `earlier`.
  package func since(_ earlier: RequestCounts) -> RequestCounts {
    guard earlier.day == day else { return self }
    let more = counts.map { ($0.key, $0.value - earlier.counts[$0.key, default: 0]) }
    return RequestCounts(
      day: day, counts: Dictionary(uniqueKeysWithValues: more.filter { $0.1 > 0 }))
  }

  /// The UTC day that `date` lies in.
  package static func day(of date: Milliseconds) -> Int {
    let (days, rest) = date.quotientAndRemainder(dividingBy: 86_400_000)
    return rest < 0 ? days - 1 : days
  }
}
