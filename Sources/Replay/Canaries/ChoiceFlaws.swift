// What canaries of family B make of choices, tool calls and thinking.

internal import Recordings
internal import Wire

/// Gives every choice the number of the first.
struct OneChoice: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.changing { chunk in
      chunk.change(eachOf: "choices") { choice in
        if choice["index"] != nil { choice["index"] = EventJSON(0) }
      }
    }
  }
}

/// Passes on the chunks of the first choice.
struct FirstChoiceOnly: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    var chunk = block.json
    var isOther = false
    chunk?.change(eachOf: "choices") { if ($0["index"]?.integer ?? 0) > 0 { isOther = true } }
    return isOther ? [] : block.bytes
  }
}

/// Gives a call without an index the first.
struct IndexZero: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.changing { chunk in
      chunk.changeCalls { call in if call["index"]?.isEmpty ?? true { call["index"] = EventJSON(0) }
      }
    }
  }
}

/// Takes a delta for the call that began last.
struct LastCall: BlockFlaw {
  private var last: EventJSON?

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? {
    var last = last
    defer { self.last = last }
    return block.changing { chunk in
      chunk.changeCalls { call in
        if call["id"]?.isEmpty ?? true, let last { call["index"] = last }
        last = call["index"]
      }
    }
  }
}

/// Takes an empty id for that of a new call.
struct EveryIDIsNew: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.changing { chunk in
      chunk.changeCalls { call in
        guard let id = call["id"], id.isEmpty, let index = call["index"]?.integer else { return }
        call["index"] = EventJSON(index + 1)
      }
    }
  }
}

/// Prints null as text.
struct NullIsText: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.changing { chunk in
      chunk.changeCalls { call in
        if call["function"]?["name"] == .word(Array("null".utf8)) {
          call["function"]?["name"] = .text(Array("null".utf8))
        }
      }
    }
  }
}

/// Fails on a call whose name, type or arguments are null.
struct FailsAtNull: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    let null = EventJSON.word(Array("null".utf8))
    var isNull = false
    var chunk = block.json
    chunk?.changeCalls { call in
      let members = [call["type"], call["function"]?["name"], call["function"]?["arguments"]]
      if members.contains(null) { isNull = true }
    }
    return isNull ? nil : block.bytes
  }
}

/// Takes thinking out of the chunks that hold it.
struct StripsThinking: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.changing { chunk in
      chunk.changeDeltas { delta in
        (delta["reasoning_content"], delta["reasoning"]) = (nil, nil)
      }
    }
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
    block.changing { chunk in
      guard chunk["choices"] != nil else { return }
      chunk.keep(["id", "object", "created", "model", "choices", "usage"])
      chunk.changeDeltas { $0.keep(["role", "content", "tool_calls", "reasoning_content"]) }
    }
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
