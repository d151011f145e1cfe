// What the events of a stream mean together: which of them finish a choice, what follows `[DONE]`,
// which neighbours are equal, whose tool call is whose.

internal import Judging
internal import Sockets
internal import Wire

/// The facts of a stream of events.
struct AnswerFacts {
  package static let done = Array("[DONE]".utf8)

  private var traits: TraitSet = []
  private var chunk = ChunkFacts()
  private var eventCount = 0
  private var hasError = false
  private var finishCount = 0
  private var lastText: [UInt8] = []
  private var lastData: [UInt8] = []
  private var lastTool = -1
  private var toolsSeen: Set<Int> = []
  private var growth = 0

  /// Takes the next event.
  package mutating func take(_ event: Event) {
    defer { eventCount += 1 }
    if event.type == Self.error { hasError = true }
    traits.insert(.equalNeighbours, if: event.data == lastData)
    lastData = event.data
    guard event.data != Self.done else { return takeDone() }
    traits.insert(.eventAfterDone, if: traits.contains(.done))
    chunk.read(event.data)
    guard chunk.isObject else { return traits.insert(.emptyEvent) }
    if chunk.hasError { hasError = true }
    traits.insert(.jsonObject)
    takeChoices()
    takeTools()
    if chunk.hasText { takeText(event.data) }
  }

  /// The traits, once all events have been taken.
  package mutating func finished() -> TraitSet {
    traits.insert(.noDone, if: !traits.contains(.done) && eventCount > 0)
    traits.insert(.inbandError, if: hasError)
    traits.insert(.growingText, if: growth >= 2)
    traits.insert(.finishTwice, if: finishCount > 1 && !traits.contains(.otherChoice))
    return traits
  }

  private static let error = Array("error".utf8)

  private mutating func takeDone() {
    traits.insert(.doneTooEarly, if: eventCount == 0 || hasError)
    traits.insert(.done)
  }

  private mutating func takeChoices() {
    traits.insert(.emptyChoices, if: chunk.hasChoices && chunk.choiceCount == 0)
    traits.insert(.usage, if: chunk.hasUsage)
    traits.insert(.vendorField, if: chunk.hasVendorField)
    traits.insert(.otherChoice, if: chunk.hasOtherChoice)
    traits.insert(.textAfterFinish, if: finishCount > 0 && chunk.hasText)
    switch chunk.finish {
    case .none: break
    case .empty: traits.insert(.emptyFinish)
    case .stop, .other:
      finishCount += 1
      traits.insert(.finish)
      traits.insert(.otherFinish, if: chunk.finish == .other)
      traits.insert(chunk.hasText || chunk.toolCount > 0 ? .finishWithText : .finishAlone)
    }
    traits.insert(.reasoning, if: chunk.hasReasoning)
    traits.insert(.reasoningAndText, if: traits.contains(.reasoning) && chunk.hasText)
  }

  private mutating func takeTools() {
    guard chunk.toolCount > 0 else { return }
    traits.insert(.toolCall)
    traits.insert(.toolWithoutIndex, if: chunk.toolIndexCount < chunk.toolCount)
    traits.insert(.emptyToolID, if: chunk.hasEmptyToolID)
    traits.insert(.toolNull, if: chunk.hasToolNull)
    traits.insert(.toolsInTurn, if: chunk.tool != lastTool && toolsSeen.contains(chunk.tool))
    lastTool = chunk.tool
    toolsSeen.insert(chunk.tool)
  }

  private mutating func takeText(_ data: [UInt8]) {
    let text = data[chunk.text]
    let isEqual = text.elementsEqual(lastText)
    traits.insert(.equalNeighbours, if: isEqual)
    if !isEqual, !lastText.isEmpty { growth = text.starts(with: lastText) ? growth + 1 : growth }
    traits.insert(.errorWords, if: Self.holdsErrorWords(text))
    lastText.removeAll(keepingCapacity: true)
    lastText += text
  }

  /// Words by which a careless proxy would know an error.
  private static func holdsErrorWords(_ text: ArraySlice<UInt8>) -> Bool {
    for start in text.indices {
      let byte = text[start] | 0x20
      guard byte == UInt8(ascii: "r") || byte == UInt8(ascii: "q") || byte == UInt8(ascii: "e")
      else { continue }
      let rest = text[start...]
      if rest.starts(with: rateLimit) || rest.starts(with: quota) || rest.starts(with: error) {
        return true
      }
    }
    return false
  }

  private static let rateLimit = Array("rate limit".utf8)
  private static let quota = Array("quota".utf8)
}
