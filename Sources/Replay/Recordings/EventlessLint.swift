// A recording of an event stream without an event is probably something else: an answer that was copied
// wrongly, a body that is still compressed, or an error that came as JSON.

internal import Judging
internal import MockQwen
internal import Wire

/// The fault of a complete answer of type `text/event-stream` without an event; nil for others. A body
/// that broke off may have ended before its first event.
func eventless(_ recording: Recording) -> String? {
  let session = recording.session
  let fields = session.response.fields
  guard fields.mediaType == "text/event-stream", session.ending == .complete,
    session.response.status < 300, !session.body.isEmpty
  else { return nil }
  if let reason = session.unreadableReason { return reason }
  let body = session.readable.body
  let hasEvent = ReferenceReader.blocks(in: body).contains { $0.event != nil }
  return hasEvent ? nil : "no event in it, though its type is text/event-stream"
}
