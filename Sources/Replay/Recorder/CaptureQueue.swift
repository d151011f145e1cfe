// What becomes of a captured exchange: is it to be kept, redacted, named, written. All of that takes
// its time, and the disk more; so it happens beside the loop that passes bytes on, one after another
// on a queue of its own.

internal import Dispatch
internal import Foundation
internal import MockQwen
internal import Wire

/// Keeps captured exchanges.
struct CaptureQueue: Sendable {
  private let queue = DispatchQueue(label: "replay.recordings")
  private let folder: RecordingFolder
  private let source: String
  private let redactor: Redactor?
  private let log: @Sendable (String) -> Void

  /// `log` is called on the queue, with a line for each file.
  init(
    _ folder: RecordingFolder, source: String, redactor: Redactor?,
    log: @escaping @Sendable (String) -> Void
  ) {
    self.folder = folder
    self.source = source
    self.redactor = redactor
    self.log = log
  }

  /// Writes an exchange whose request had gone out at `date`; returns at once.
  func add(_ exchange: CapturedExchange, at date: Date) {
    queue.async { keep(exchange, at: date) }
  }

  /// Waits until all is written.
  func finish() { queue.sync {} }

  private func keep(_ exchange: CapturedExchange, at date: Date) {
    var session = Session(
      name: "", request: exchange.request, response: exchange.response,
      framing: exchange.framing, body: exchange.body, fragments: exchange.fragments,
      ending: exchange.end.ending)
    session.request.fields = recordable(session.request.fields, redacts: false)
    redactor?.redact(&session)
    let recording = Recording(
      source: source, captured: date.formatted(.iso8601), session: session,
      side: exchange.end.side)
    do {
      let path = try folder.add(recording.written(), name: recordingName(recording, at: date))
      log("\(path): \(recordingSummary(recording))")
    } catch {
      log("not recorded: \(error)")
    }
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
