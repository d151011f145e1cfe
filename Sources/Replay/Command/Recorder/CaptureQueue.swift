// What happens to a captured exchange: whether to keep it, its redaction, its name, writing it. This
// takes time, and the disk takes more; so it happens outside the loop that passes bytes on, one exchange
// after another on a queue of its own. A slow disk must not fill the memory: exchanges above a limit are
// not recorded, and the operator is told.

internal import Canaries
internal import Dispatch
internal import Foundation
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Synchronization
internal import Terminal
internal import Wire

/// How captured exchanges become recordings.
struct CaptureRules: Sendable {
  /// The source of the sessions, in words.
  var source: String
  /// Removes secrets; nil leaves them.
  var redactor: Redactor?
  /// The name of the file; nil for one made of time, model and digest.
  var name: String?
  /// Whether an existing file of that name may be replaced.
  var replaces = false
  /// How many bytes may wait to be written.
  var waitingMax = 256 << 20
}

/// Keeps captured exchanges.
struct CaptureQueue: Sendable {
  private final class Tally: Sendable {
    let waitingBytes = Atomic(0)
    let lostCount = Atomic(0)
  }

  private let queue = DispatchQueue(label: "replay.recordings")
  private let tally = Tally()
  private let folder: RecordingFolder
  private let rules: CaptureRules
  private let log: @Sendable (String) -> Void

  /// `log` gets a line for each exchange, on any thread.
  init(
    _ folder: RecordingFolder, _ rules: CaptureRules, log: @escaping @Sendable (String) -> Void
  ) {
    self.folder = folder
    self.rules = rules
    self.log = log
  }

  /// How many exchanges should have been kept but could not be.
  var lostCount: Int { tally.lostCount.load(ordering: .relaxed) }

  /// Writes an exchange whose request was sent at `date`; returns at once.
  func add(_ exchange: CapturedExchange, at date: Date) {
    let count = exchange.heldCount
    let waiting = tally.waitingBytes.add(count, ordering: .relaxed).newValue
    guard waiting == count || waiting <= rules.waitingMax else {
      tally.waitingBytes.subtract(count, ordering: .relaxed)
      lose("\((waiting - count) >> 20) MiB of sessions wait for the disk already")
      return
    }
    queue.async {
      keep(exchange, at: date)
      tally.waitingBytes.subtract(count, ordering: .relaxed)
    }
  }

  /// Waits until everything is written.
  func finish() { queue.sync {} }

  private func lose(_ reason: String) {
    tally.lostCount.add(1, ordering: .relaxed)
    log("not recorded: \(reason)")
  }

  private func keep(_ exchange: CapturedExchange, at date: Date) {
    var session = Session(
      name: rules.name ?? "", request: exchange.request, response: exchange.response,
      framing: exchange.framing, body: exchange.body, fragments: exchange.fragments,
      ending: exchange.end.ending)
    session.request.fields = session.request.fields.withoutConnection
    var redacted = "not redacted"
    if let redactor = rules.redactor {
      if let obstacle = session.redactionObstacle {
        return lose(
          "\(printable(obstacle)), in which secrets cannot be seen; --no-redact writes it as it is")
      }
      redacted = Redactor.summary(of: redactor.redact(&session))
    }
    let recording = Recording(
      source: rules.source, captured: captureTime(date), session: session,
      side: exchange.end.side, tls: exchange.tls)
    do {
      let path = try folder.add(
        recording.written(), name: rules.name ?? recordingName(recording, at: date),
        replaces: rules.replaces)
      log("\(path): \(recordingSummary(recording)); \(redacted)")
    } catch {
      lose("\(error)")
    }
  }
}

extension CapturedExchange {
  /// About how many bytes of memory it takes.
  fileprivate var heldCount: Int {
    request.body.count + body.count + fragments.count * MemoryLayout<Session.Fragment>.stride
  }
}

/// A recording in a few words.
func recordingSummary(_ recording: Recording) -> String {
  let session = recording.session
  let side = session.ending == .complete ? "" : " by the \(recording.side.rawValue)"
  return
    "\(session.response.status), \(recording.eventCount) events, \(session.body.count) bytes in "
    + "\(session.fragments.count) reads, \(session.framing.rawValue), \(session.ending.rawValue)"
    + side
}
