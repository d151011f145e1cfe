// The figures of `replay bench --flow`: for a terminal line by line, for a page as a table.

internal import Foundation
internal import Terminal
internal import Trials

/// The figures of all scenarios.
struct FlowFigures: Hashable {
  /// Many streams at once.
  struct Crowd: Hashable {
    var streams: Int
    /// Events per second of each stream.
    var rate: Int
    var seconds: Int
    /// Events that did not come.
    var lost = 0
    /// Events that came only when the next was due.
    var late = 0
    /// The delays from the upstream to the client.
    var delays = Delays()
    /// The load on one core, in percent; nil when the system does not tell.
    var busyPercent: Int?
    /// The proxy's peak memory in KiB; nil when the system does not tell.
    var kibibytes: Int?

    var total: Int { streams * rate * seconds }
    /// The milliseconds between two events of a stream.
    var gap: Int { 1_000 / rate }
  }

  /// Clients that hardly read, from an upstream that sends as fast as it can.
  struct SlowClients: Hashable {
    var streams: Int
    var seconds: Int
    var readBytes = 0
    var sentBytes = 0
    /// How much the upstream could send in the second half of the time.
    var sentLateBytes = 0
    /// How much the proxy's memory has grown, in KiB; nil when the system does not tell.
    var kibibytes: Int?

    /// Whether the upstream had to wait: in the second half it could send no more than was read, apart
    /// from one piece per stream.
    var upstreamWaits: Bool { sentLateBytes <= readBytes + streams * 65_536 }
  }

  /// Clients that leave: how soon the upstream's connection is closed.
  struct Leaving: Hashable {
    var isInStream: Bool
    var resets: Bool
    var delays: Delays
  }

  var crowd: Crowd
  var slow: SlowClients
  var leaving: [Leaving]

  /// The names of the table's rows.
  var names: [String] { table.rows.map { $0[0].text } }

  var table: Table {
    let (lost, late) = (PageParts.none(crowd.lost), PageParts.none(crowd.late))
    let median = leaving.map(\.delays.median).max()
    let rows = [
      (
        crowd.name,
        "\(lost) of \(PageParts.grouped(crowd.total)) events lost, \(late) later than \(crowd.gap) ms; "
          + "median \(delay(crowd.delays.median)), 99th percentile \(delay(crowd.delays.high))"
      ),
      ("the proxy meanwhile", crowd.cost),
      (
        slow.name,
        "\(slow.perStream) KiB of the proxy's memory a stream, the upstream "
          + (slow.upstreamWaits ? "waits" : "does not wait")
      ),
      (
        "a client goes (FIN or RST, before the first byte or within a stream)",
        "its upstream is closed after \(median.map(delay) ?? "-")"
      ),
    ]
    return Table(
      header: ["what", "figure"], rows: rows.map { [Table.Cell($0), Table.Cell($1)] },
      leftColumns: [0, 1])
  }
}

extension FlowFigures.Crowd {
  fileprivate var name: String {
    "\(PageParts.grouped(streams)) streams with \(rate) events/s each, for \(seconds) s"
  }

  fileprivate var cost: String {
    "\(busyPercent.map(String.init) ?? "?") % of a core, \(mebibytes(kibibytes))"
  }

  var lines: [String] {
    let delays =
      delays.count == 0
      ? ""
      : "; median \(delay(delays.median)), 99th percentile \(delay(delays.high)), longest "
        + delay(delays.all.last ?? 0)
    return [
      "\(name): \(lost) of \(total) events lost, \(late) later than \(gap) ms\(delays)",
      "  the proxy: \(cost) at most",
    ]
  }
}

extension FlowFigures.SlowClients {
  fileprivate var name: String { "\(streams) streams whose clients read 1 kB/s" }

  fileprivate var perStream: String { kibibytes.map { "\($0 / streams)" } ?? "?" }

  var lines: [String] {
    [
      "\(name), for \(seconds) s: they read \(readBytes / 1024) KiB, the upstream could send "
        + "\(sentBytes / streams / 1024) KiB a stream, of these "
        + "\(sentLateBytes / streams / 1024) in the second half",
      "  the proxy: \(mebibytes(kibibytes)) more than when idle, \(perStream) KiB a stream",
    ]
  }
}

extension FlowFigures.Leaving {
  var line: String {
    "a client goes (\(resets ? "RST" : "FIN")) \(isInStream ? "within a stream" : "before the first byte"), "
      + "\(delays.count) times: its upstream is closed after \(delay(delays.median)) (median), "
      + "\(delay(delays.all.last ?? 0)) (longest)"
  }
}

/// Microseconds as milliseconds with one decimal.
private func delay(_ microseconds: Int) -> String {
  String(format: "%.1f ms", Double(microseconds) / 1_000)
}

private func mebibytes(_ kibibytes: Int?) -> String {
  kibibytes.map { "\(($0 + 512) / 1024) MiB" } ?? "? MiB"
}

extension PageParts {
  /// A count, or the word `none` for 0.
  fileprivate static func none(_ count: Int) -> String { count == 0 ? "none" : grouped(count) }
}
