// What a client can see of an event stream, as values. A stream is cut into blocks at its blank lines; a
// block holds at most one event, and with it everything else that a proxy may not lose: comments, retry
// lines, unknown fields. All text is bytes, because String equality is canonical equivalence and would
// call different bytes equal. The block ranges of a stream lie end to end: together they are the whole
// stream.

internal import Wire

/// An event as a browser dispatches it (WHATWG HTML section 9.2.6, "dispatch the event").
package struct Event: Hashable, Sendable {
  /// The event type; `message` when the stream gives none.
  package var type: [UInt8]
  /// The data buffer without its last LF; several `data` lines are joined by LF.
  package var data: [UInt8]
  /// The last event ID at dispatch, which an earlier block may have set; empty when no block has.
  package var id: [UInt8]

  /// The type of an event without a type.
  package static let defaultType = Array("message".utf8)

  /// An event; without a type it is a `message`.
  package init(type: [UInt8] = Event.defaultType, data: [UInt8], id: [UInt8] = []) {
    self.type = type
    self.data = data
    self.id = id
  }
}

/// One field line of an event stream (WHATWG HTML section 9.2.5, production `field`).
package struct Line: Hashable, Sendable {
  /// The bytes before the first colon, or the whole line when it has none.
  package var name: [UInt8]
  /// The bytes after the first colon without one leading space; empty when there is no colon.
  package var value: [UInt8]

  /// A field line with this name and value.
  package init(_ name: [UInt8], _ value: [UInt8]) {
    self.name = name
    self.value = value
  }
}

/// What lies between two blank lines, the unit that must not be lost: an event, or comments, or
/// fields that dispatch nothing.
///
/// A blank line that closes no block is a block of its own (`isBlank`). The bytes after the last blank
/// line are a block too, read as if a blank line followed, but `isFinished` is false.
package struct Block: Hashable, Sendable {
  /// The bytes of the block in its stream, its blank line with the whole line end included; the first
  /// block also includes a leading byte order mark.
  package var range: Range<Int>
  /// The event that the blank line dispatches; nil when it dispatches none. An unfinished block
  /// holds the event that a blank line would have dispatched, but no browser sees that one.
  package var event: Event?
  /// The text after the colon of each comment line, unchanged, in order.
  package var comments: [[UInt8]]
  /// The reconnection time of the last valid `retry` line, in milliseconds, 0 or more. A number
  /// too large for `Int` is `Int.max`.
  package var retry: Int?
  /// Every field line in order, including unknown names and lines without a colon.
  package var fields: [Line]
  /// Whether the blank line has come; false only for the last block of a stream.
  package var isFinished: Bool

  /// Whether the block is empty: only a blank line, or only a byte order mark.
  package var isBlank: Bool { fields.isEmpty && comments.isEmpty }

  /// The content of the block, independent of its place in the stream.
  package var content: BlockContent {
    BlockContent(event: event, comments: comments, retry: retry, fields: fields)
  }
}

/// What makes two blocks comparable: everything but their places and line ends.
package struct BlockContent: Hashable, Sendable {
  /// See `Block.event`.
  package var event: Event?
  /// See `Block.comments`.
  package var comments: [[UInt8]]
  /// See `Block.retry`, in milliseconds.
  package var retry: Int?
  /// See `Block.fields`.
  package var fields: [Line]
}
