// What the events of a stream mean together: which of them finish a choice, what follows `[DONE]`, which
// neighbours are equal, which pieces of tool calls belong together.

internal import Judging
internal import Sockets
internal import Wire

/// The features of a stream of events.
struct AnswerFeatures {
  package static let done = Array("[DONE]".utf8)

  private var conditions: ConditionSet = []
  private var chunk = ChunkFeatures()
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
    conditions.insert(.equalNeighbours, if: event.data == lastData)
    lastData = event.data
    guard event.data != Self.done else { return takeDone() }
    conditions.insert(.eventAfterDone, if: conditions.contains(.done))
    chunk.read(event.data)
    guard chunk.isObject else { return conditions.insert(.emptyEvent) }
    if chunk.hasError { hasError = true }
    conditions.insert(.jsonObject)
    takeChoices()
    takeTools()
    if chunk.hasText { takeText(event.data) }
  }

  /// The conditions, once all events have been taken.
  package mutating func finished() -> ConditionSet {
    conditions.insert(.noDone, if: !conditions.contains(.done) && eventCount > 0)
    conditions.insert(.inbandError, if: hasError)
    conditions.insert(.growingText, if: growth >= 2)
    conditions.insert(.finishTwice, if: finishCount > 1 && !conditions.contains(.otherChoice))
    return conditions
  }

  private static let error = Array("error".utf8)

  private mutating func takeDone() {
    conditions.insert(.doneTooEarly, if: eventCount == 0 || hasError)
    conditions.insert(.done)
  }

  private mutating func takeChoices() {
    conditions.insert(.emptyChoices, if: chunk.hasChoices && chunk.choiceCount == 0)
    conditions.insert(.usage, if: chunk.hasUsage)
    conditions.insert(.vendorField, if: chunk.hasVendorField)
    conditions.insert(.otherChoice, if: chunk.hasOtherChoice)
    conditions.insert(.textAfterFinish, if: finishCount > 0 && chunk.hasText)
    switch chunk.finish {
    case .none: break
    case .empty: conditions.insert(.emptyFinish)
    case .stop, .other:
      finishCount += 1
      conditions.insert(.finish)
      conditions.insert(.otherFinish, if: chunk.finish == .other)
      conditions.insert(chunk.hasText || chunk.toolCount > 0 ? .finishWithText : .finishAlone)
    }
    conditions.insert(.reasoning, if: chunk.hasReasoning)
    conditions.insert(.reasoningAndText, if: conditions.contains(.reasoning) && chunk.hasText)
  }

  private mutating func takeTools() {
    guard chunk.toolCount > 0 else { return }
    conditions.insert(.toolCall)
    conditions.insert(.toolWithoutIndex, if: chunk.toolIndexCount < chunk.toolCount)
    conditions.insert(.emptyToolID, if: chunk.hasEmptyToolID)
    conditions.insert(.toolNull, if: chunk.hasToolNull)
    conditions.insert(.toolsInTurn, if: chunk.tool != lastTool && toolsSeen.contains(chunk.tool))
    lastTool = chunk.tool
    toolsSeen.insert(chunk.tool)
  }

  private mutating func takeText(_ data: [UInt8]) {
    let text = data[chunk.text]
    let isEqual = text.elementsEqual(lastText)
    conditions.insert(.equalNeighbours, if: isEqual)
    if !isEqual, !lastText.isEmpty { growth = text.starts(with: lastText) ? growth + 1 : growth }
    conditions.insert(.errorWords, if: Self.holdsErrorWords(text))
    lastText.removeAll(keepingCapacity: true)
    lastText += text
  }

  /// Whether a text has words that a careless proxy takes for an error.
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
