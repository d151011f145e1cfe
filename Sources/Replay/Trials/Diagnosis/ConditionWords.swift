// The facts about deliveries in words, as a diagnosis says them: "a read ends inside a character".

extension Condition {
  /// The features that can be a condition, in the order in which they are preferred.
  static let conditions = allCases

  /// The fact as a sentence without a full stop.
  var words: String {
    readWords ?? framingWords ?? endWords ?? bodyWords ?? textWords ?? meaningWords
      ?? String(describing: self)
  }

  private var readWords: String? {
    switch self {
    case .cutInBlock: "a read of the upstream ends inside an event"
    case .cutBeforeBlankLine: "a read ends between an event's last line and its blank line"
    case .cutInLineEnd: "a read ends between CR and LF"
    case .cutInCharacter: "a read ends inside a UTF-8 character"
    case .cutInFieldName: "a read ends inside a field name or before its colon"
    case .cutInEscape: "a read ends inside a JSON escape"
    case .cutInDone: "a read ends inside [DONE]"
    case .cutInMark: "a read ends inside the byte order mark"
    case .cutInHead: "a read ends inside the response head"
    case .cutBehindHead: "a read ends between the head and the body"
    case .cutInChunkSize: "a read ends inside a chunk size line"
    case .cutInChunkEnd: "a read ends before or inside the line end behind a chunk"
    case .cutInLastChunk: "a read ends inside the last chunk"
    case .blocksInOneRead: "several events come in one read"
    case .blocksInTwoReads: "events come in several reads"
    case .smallReads: "reads are short (64 bytes or less)"
    case .blockWithHead: "the first event comes in one read with the head"
    case .pauseInBlock: "the upstream pauses inside an event"
    case .longSilence: "the upstream is silent for a minute or more"
    case .longLife: "the stream lasts a minute or more"
    case .barren: "an hour passes with comments alone"
    default: nil
    }
  }

  private var framingWords: String? {
    switch self {
    case .chunked: "the upstream's body is chunked"
    case .chunkExtensions: "chunks have extensions"
    case .chunkTrailers: "there are trailer fields"
    case .chunkSizeSpelling: "chunk sizes have leading zeros or capitals"
    case .length: "the upstream's body has a Content-Length"
    case .untilClose: "the upstream's body ends with its connection"
    case .interimHeads: "an interim (1xx) head comes first"
    case .hopFields: "the response has hop-by-hop fields"
    case .lengthConflict: "the response says its length twice"
    case .extraBytes: "bytes follow the complete response"
    case .badChunkSize: "a chunk size is malformed"
    case .records: "the upstream speaks TLS"
    case .recordsInOneWrite: "several TLS records come in one write"
    case .recordOverWrites: "a TLS record comes in several writes"
    case .messageInStream: "the upstream speaks of the handshake in mid-stream"
    case .truncated: "the upstream ends its connection without close_notify"
    case .alerted: "the upstream ends its connection with a TLS alert"
    case .oldClient: "the client speaks HTTP/1.0"
    case .secondRequest: "the client asks twice on one connection"
    case .headRequest: "the client asks with HEAD"
    case .preflight: "the client asks with OPTIONS"
    case .halfClosed: "the client closes its sending side"
    case .slowClient: "the client reads slowly"
    case .parallel: "several clients ask at once"
    case .unauthorizedFirst: "the upstream answers 401 first"
    case .stopping: "the proxy is told to stop"
    default: nil
    }
  }

  private var endWords: String? {
    switch self {
    case .complete: "the answer is complete"
    case .brokenInBody: "the upstream's answer breaks off inside the body"
    case .brokenBeforeBody: "the upstream's answer breaks off before the body"
    case .finished: "the upstream closes its connection in order (FIN)"
    case .reset: "the upstream resets its connection (RST)"
    case .stalled: "the upstream falls silent and stays connected"
    case .afterBlock: "the answer breaks off behind a complete event"
    case .afterDone: "the answer breaks off behind [DONE]"
    case .endsInBlock: "the answer breaks off inside an event"
    case .endsInCharacter: "the answer breaks off inside a character"
    case .clientLeft: "the client leaves early"
    case .clientLeftEarly: "the client leaves before the first byte"
    default: nil
    }
  }

  private var bodyWords: String? {
    switch self {
    case .eventStream: "the answer is an event stream"
    case .otherBody: "the answer is not an event stream"
    case .errorStatus: "the upstream's status is an error"
    case .redirectStatus: "the upstream answers with a redirect"
    case .noBodyStatus: "the status allows no body"
    case .retryAfter: "the response has Retry-After"
    case .contentCoding: "the body has a content coding"
    case .bareContentType: "the content type has no charset"
    case .dressedContentType: "the content type has parameters or capitals"
    case .crlfBlankLine: "lines end with CRLF"
    case .crBlankLine: "lines end with CR alone"
    case .mixedLineEnds: "line ends are mixed"
    case .byteOrderMark: "the stream begins with a byte order mark"
    case .noSpace: "no space follows a field's colon"
    case .manySpaces: "data begins or ends with spaces"
    case .severalDataLines: "an event has several data lines"
    case .objectsInOneBlock: "one event holds several JSON objects"
    case .comment: "the stream has comments"
    case .emptyEvent: "an event has no data"
    case .eventField: "events have a type"
    case .idField: "events have an id"
    case .retryField: "the stream has a retry field"
    case .foreignLine: "a line is not a field of an event stream"
    case .unterminated: "the last event lacks its blank line"
    case .longLine: "a line is longer than 64 KiB"
    case .manyBlocks: "the stream has many events"
    case .endlessBlock: "an event is larger than the limit"
    case .vendorError: "the stream has `event:error` without a space"
    default: nil
    }
  }

  private var textWords: String? {
    switch self {
    case .nonASCII: "the text has characters beyond ASCII"
    case .oddSeparator: "the text has U+2028, U+2029 or U+0085"
    case .controlCharacter: "the text has control characters"
    case .surrogateEscape: "the text has an escaped surrogate"
    case .escape: "the text has JSON escapes"
    case .bigNumber: "a number does not fit a double"
    case .jsonObject: "the data is a JSON object"
    case .errorWords: "the text has words such as `error`"
    default: nil
    }
  }

  private var meaningWords: String? {
    switch self {
    case .done: "the stream has [DONE]"
    case .noDone: "the stream has no [DONE]"
    case .doneInText: "the text contains [DONE]"
    case .doneTooEarly: "[DONE] comes before the finish reason"
    case .eventAfterDone: "an event follows [DONE]"
    case .emptyChoices: "a chunk has no choices"
    case .usage: "a chunk has the usage"
    case .finish: "a chunk has a finish reason"
    case .finishAlone: "the finish reason comes with an empty delta"
    case .finishWithText: "the finish reason comes with text"
    case .textAfterFinish: "text follows the finish reason"
    case .finishTwice: "two chunks have a finish reason"
    case .otherFinish: "the finish reason is not `stop`"
    case .emptyFinish: "a finish reason is empty or the word null"
    case .otherChoice: "there are several choices"
    case .toolCall: "there are tool calls"
    case .toolWithoutIndex: "a tool call has no index"
    case .toolsInTurn: "tool calls take turns"
    case .emptyToolID: "a tool call's id is empty"
    case .toolNull: "a tool call has null members"
    case .reasoning: "there is reasoning"
    case .vendorField: "chunks have members of a vendor's own"
    case .reasoningAndText: "reasoning and text come in one chunk"
    case .inbandError: "an error event comes inside the stream"
    case .equalNeighbours: "two equal deltas follow one another"
    case .growingText: "each frame repeats the text so far"
    default: nil
    }
  }
}
