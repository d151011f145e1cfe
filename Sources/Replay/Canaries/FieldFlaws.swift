// What canaries of family A make of the lines and fields of a block.

internal import Judging
internal import MockQwen
internal import Recordings
internal import Sockets
internal import Wire

/// Takes the byte order mark for a part of the first field's name, which nobody knows then.
struct MarkIsText: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? [] : block.bytes
  }
}

/// Skips data lines without a space behind the colon.
struct SpaceNeeded: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    let isSkipped =
      block.bytes.starts(with: "data:".utf8) && !block.bytes.starts(with: "data: ".utf8)
    return isSkipped ? [] : block.bytes
  }
}

/// Skips lines of data without a space behind the colon, and keeps what else the event has.
struct SpaceNeededInLine: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.lines.filter { !$0.starts(with: "data:".utf8) || $0.starts(with: "data: ".utf8) }
      .flatMap { $0 + [0x0A] } + [0x0A]
  }
}

/// Takes all blanks from both ends of data.
struct TrimsData: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.lines.flatMap { line -> [UInt8] in
      guard line.starts(with: "data:".utf8) else { return line + [0x0A] }
      let value = trimmingBlanks(String(decoding: line.dropFirst(5), as: UTF8.self))
      return Array("data: \(value)\n".utf8)
    } + [0x0A]
  }
}

/// Of several data lines keeps the last.
struct LastDataLine: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    let data = block.lines.filter { $0.starts(with: "data".utf8) }
    let others = block.lines.filter { !$0.starts(with: "data".utf8) }
    return (others + data.suffix(1)).flatMap { $0 + [0x0A] } + [0x0A]
  }
}

/// Joins the data lines of an event without a line end.
struct JoinsDataLines: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    guard let data = block.event?.data, data.contains(0x0A) else { return block.bytes }
    let others = block.lines.filter { !$0.starts(with: "data".utf8) }
    return others.flatMap { $0 + [0x0A] } + Array("data: ".utf8) + data.filter { $0 != 0x0A }
      + [0x0A, 0x0A]
  }
}

/// Makes an event of each data line.
struct PartsDataLines: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    guard block.event?.data.contains(0x0A) == true else { return block.bytes }
    return block.lines.flatMap { $0 + ($0.starts(with: "data".utf8) ? [0x0A, 0x0A] : [0x0A]) }
  }
}

/// Makes an event of each data line that is an object.
struct PartsObjects: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? { block.with("}\ndata: {", "}\n\ndata: {") }
}

/// Gives up at a comment.
struct FailsAtComment: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? { block.comments.isEmpty ? block.bytes : nil }
}

/// Writes a comment as data.
struct CommentIsData: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.bytes.first == UInt8(ascii: ":") ? Array("data: ".utf8) + block.bytes : block.bytes
  }
}

/// Parses all data as JSON, and gives up at what is none.
struct FailsAtWord: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    guard let event = block.event, !block.isDone else { return block.bytes }
    return EventJSON(event.data) == nil ? nil : block.bytes
  }
}

/// Gives up at an event without data.
struct FailsAtEmptyData: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    let isEmpty = !block.fields.isEmpty && block.event?.data.isEmpty ?? true
    return isEmpty ? nil : block.bytes
  }
}
