// What canaries of family B make of choices, tool calls and thinking.

internal import Recordings
internal import Wire

/// Gives every choice the number of the first.
struct OneChoice: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.has("tool_calls") ? block.bytes : block.with(#""index":1"#, #""index":0"#)
  }
}

/// Gives a call without an index the first.
struct IndexZero: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.has("\"index\"")
      ? block.bytes : block.with(#""tool_calls":[{"#, #""tool_calls":[{"index":0,"#)
  }
}

/// Takes a delta for the last call that there is.
struct LastCall: BlockFlaw {
  private var hasSecond = false

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? {
    hasSecond = hasSecond || block.has(#""tool_calls":[{"index":1"#)
    return hasSecond
      ? block.with(#""tool_calls":[{"index":0"#, #""tool_calls":[{"index":1"#) : block.bytes
  }
}

/// Takes an empty id for that of a new call.
struct EveryIDIsNew: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.with(#""index":0,"id":"""#, #""index":1,"id":"""#)
  }
}

/// Prints null as text.
struct NullIsText: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.with(#""name":null"#, #""name":"null""#)
  }
}

/// Knows no thinking.
struct TextOnly: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    let thinking = block.text("reasoning_content") ?? block.text("reasoning") ?? []
    return thinking.isEmpty ? block.bytes : []
  }
}

/// Decodes into a type that lacks some members, and encodes that.
struct KnownFields: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.with(#","x_future":1"#, "").replacing(
      Array(#","system_fingerprint":"f""#.utf8), with: [])
  }
}

/// Writes thinking behind the text that follows it.
struct TextBeforeThinking: BlockFlaw {
  private var held: [UInt8] = []

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? {
    guard block.text("reasoning_content") == nil else {
      held += block.bytes
      return []
    }
    defer { held = [] }
    return block.bytes + held
  }

  package func finish() -> [UInt8] { held }
}
