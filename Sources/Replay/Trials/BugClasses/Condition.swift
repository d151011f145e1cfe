// What deliveries have in common that exercise the same bug class. A condition is a plain fact: about a
// session when all of it arrives, about a place in the body at which a read ends, or about the delivery.
// A class lists the conditions that must hold together; whether it was exercised is then a comparison of
// bits.

internal import Recordings
internal import Sockets
internal import Wire

/// A fact about a delivery that some bug depends on.
package enum Condition: Int, BitSetMember, CaseIterable, Hashable, Sendable {
  // Where a read ended, in the body. These come first: a place's conditions are one small number.

  /// Inside a block, its blank line included.
  case cutInBlock
  /// Between a line's end and the blank line after it.
  case cutBeforeBlankLine
  /// Between CR and LF.
  case cutInLineEnd
  /// Inside a UTF-8 character.
  case cutInCharacter
  /// Inside a field name, or before its colon.
  case cutInFieldName
  /// Inside a JSON escape.
  case cutInEscape
  /// Inside `[DONE]`.
  case cutInDone
  /// Inside the byte order mark at the start.
  case cutInMark

  // Where a read ended, in the rest of the response.

  case cutInHead
  /// Between the head and the first byte of the body.
  case cutBehindHead
  case cutInChunkSize
  /// Before or inside the line end after a chunk's data.
  case cutInChunkEnd
  /// Before or inside the last chunk and its trailers.
  case cutInLastChunk

  // What came together, and when.

  /// Two blocks or more ended in one read.
  case blocksInOneRead
  /// Two blocks or more ended in different reads.
  case blocksInTwoReads
  /// Reads of at most 64 bytes, on average.
  case smallReads
  /// The head and the first block came in one read.
  case blockWithHead
  /// A read that ended inside a block was followed by a pause of 5 s or more.
  case pauseInBlock
  /// No byte of the body came for 60 s or more.
  case longSilence
  /// The body took 60 s or more.
  case longLife
  /// Bytes came for an hour, and no field of an event: comments alone.
  case barren

  // How the response was framed.

  case chunked, chunkExtensions, chunkTrailers, chunkSizeSpelling, length, untilClose

  /// Oddities of the response.
  case interimHeads, hopFields, lengthConflict, extraBytes, badChunkSize

  // How the upstream's TLS records lay, if it uses TLS.

  /// The upstream uses TLS.
  case records
  /// Several records ended in one write.
  case recordsInOneWrite
  /// A write ended inside a record.
  case recordOverWrites
  /// A handshake message came in mid-stream.
  case messageInStream
  /// The connection ended without `close_notify`, or with a fatal alert.
  case truncated, alerted

  // What clients do, and how many there are.

  case oldClient, secondRequest, headRequest, preflight, halfClosed, slowClient, parallel
  /// The first request was answered 401.
  case unauthorizedFirst
  /// The proxy was told to stop in mid-stream.
  case stopping

  // How the delivery ended.

  /// The whole body arrived, and ended properly.
  case complete
  /// The response did not end properly, after the first byte of its body.
  case brokenInBody
  /// The response did not end properly, and there was no byte of its body.
  case brokenBeforeBody
  case finished, reset, stalled
  /// At least one complete block came before the end.
  case afterBlock
  /// A complete `[DONE]` event came before the end.
  case afterDone
  /// The body ended inside a block.
  case endsInBlock
  /// The body ended inside a UTF-8 character.
  case endsInCharacter
  /// The client left before the end.
  case clientLeft
  /// It left before the first byte of the body.
  case clientLeftEarly

  // The head of a response that came completely.

  case eventStream
  /// A 200 that is not an event stream.
  case otherBody
  case errorStatus, redirectStatus, noBodyStatus, retryAfter, contentCoding, bareContentType
  /// The content type has parameters, or is not in lower case.
  case dressedContentType

  // How the blocks of a complete body were written.

  case crlfBlankLine, crBlankLine, mixedLineEnds, byteOrderMark
  case noSpace, manySpaces, severalDataLines
  /// One block whose data lines are separate JSON objects.
  case objectsInOneBlock
  case comment, emptyEvent, eventField, idField, retryField
  /// A line that is not a field of an event stream: bare JSON, or `error:`.
  case foreignLine
  case unterminated, longLine, manyBlocks
  /// A block above the proxy's limit.
  case endlessBlock
  /// `event:error`, without a space.
  case vendorError

  // What the text of a complete body held.

  case nonASCII, oddSeparator, controlCharacter, surrogateEscape, escape, bigNumber, jsonObject
  case errorWords

  // What the events of a complete body meant.

  case done, noDone, doneInText, doneTooEarly, eventAfterDone
  case emptyChoices, usage, finish, finishAlone, finishWithText, textAfterFinish, finishTwice
  case otherFinish, emptyFinish, otherChoice, toolCall, toolWithoutIndex, toolsInTurn
  case emptyToolID, toolNull, reasoning, vendorField, reasoningAndText, inbandError
  case equalNeighbours, growingText

  /// How many conditions are about places in the body.
  static let placeCount = 8
}

/// A set of conditions; that of a place in the body is a small number.
package typealias ConditionSet = BitSet<Condition>
