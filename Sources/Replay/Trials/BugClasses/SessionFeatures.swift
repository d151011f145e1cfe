// The features of a session that bugs depend on: computed once, and then only compared with plans. Blocks
// come from the reference reader; spellings that it removes (spaces, line ends, kinds of characters) are
// read from the bytes in one walk, which also records for every offset of the body what a cut there would
// split.

internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Wire

/// The features of a session.
struct SessionFeatures: Sendable {
  /// The conditions that hold when all of the session arrives.
  private(set) var conditions: ConditionSet = []
  /// For every offset of the body, the conditions of a cut there: bit n is condition n.
  private(set) var places: [UInt8]
  /// Where blocks end, rising.
  package let borders: [Int]
  /// Where the first `[DONE]` event ends; nil when there is none.
  private(set) var doneEnd: Int?

  /// A line with this many bytes is long: most readers with a limit use this one.
  private static let longLineMin = 65_536
  /// From this many blocks on, workers are likely to reorder them.
  private static let manyBlocksMin = 8

  private let blockBytesMax: Int

  /// - Parameters:
  ///   - whole: What a client must get from the session.
  ///   - blockBytesMax: The longest block that the proxy accepts, in bytes.
  init(
    _ session: Session, _ whole: Expectation, blockBytesMax: Int = ProxyLimits().blockBytesMax
  ) {
    self.blockBytesMax = blockBytesMax
    borders = whole.borders
    places = [UInt8](repeating: 0, count: session.body.count + 1)
    addHead(session.response, isEventStream: whole.isEventStream)
    guard whole.isEventStream, session.response.status == 200 else { return }
    markBlocks(count: session.body.count)
    var walk = BodyWalk()
    walk.walk(session.body, &places)
    conditions.formUnion(walk.conditions)
    if let last = borders.last ?? (session.body.isEmpty ? nil : 0), last < session.body.count {
      conditions.insert(.unterminated)
    }
    addBlocks(whole.blocks)
  }

  private mutating func addHead(_ head: ResponseHead, isEventStream: Bool) {
    let type = head.fields["Content-Type"] ?? ""
    conditions.insert(.eventStream, if: isEventStream && head.status == 200)
    conditions.insert(.otherBody, if: !isEventStream && head.status == 200)
    conditions.insert(.errorStatus, if: head.status >= 400)
    conditions.insert(.noBodyStatus, if: head.status == 204 || head.status == 304)
    conditions.insert(.redirectStatus, if: (301...308).contains(head.status) && head.status != 304)
    conditions.insert(.retryAfter, if: head.fields["Retry-After"] != nil)
    conditions.insert(.contentCoding, if: head.fields["Content-Encoding"] != nil)
    conditions.insert(.bareContentType, if: !type.utf8.contains(UInt8(ascii: ";")))
    conditions.insert(.dressedContentType, if: type != "text/event-stream")
  }

  /// Marks every offset inside a block.
  private mutating func markBlocks(count: Int) {
    guard count > 1 else { return }
    var border = 0
    for offset in 1..<count {
      while border < borders.count, borders[border] < offset { border += 1 }
      if border < borders.count, borders[border] == offset { continue }
      places[offset] |= 1 << Condition.cutInBlock.rawValue
    }
  }

  private mutating func addBlocks(_ blocks: [Block]) {
    var meaning = AnswerFeatures()
    var longest = 0
    for block in blocks {
      longest = max(longest, block.range.count)
      add(block)
      guard let event = block.event else { continue }
      meaning.take(event)
      if doneEnd == nil, event.data == AnswerFeatures.done { doneEnd = block.range.upperBound }
    }
    conditions.formUnion(meaning.finished())
    conditions.insert(.longLine, if: longest >= Self.longLineMin)
    conditions.insert(.endlessBlock, if: longest > blockBytesMax)
    conditions.insert(.manyBlocks, if: blocks.count >= Self.manyBlocksMin)
  }

  private mutating func add(_ block: Block) {
    conditions.insert(.comment, if: !block.comments.isEmpty)
    conditions.insert(.retryField, if: block.retry != nil)
    var dataLines = 0
    var objects = 0
    for field in block.fields {
      switch field.name {
      case Self.data:
        dataLines += 1
        let isObject =
          field.value.first == UInt8(ascii: "{") && field.value.last == UInt8(ascii: "}")
        objects += isObject && field.value.count > 1 ? 1 : 0
      case Self.event: conditions.insert(.eventField)
      case Self.id: conditions.insert(.idField)
      case Self.error: conditions.insert(.foreignLine)
      default:
        let first = field.name.first
        conditions.insert(
          .foreignLine, if: first == UInt8(ascii: "{") || first == UInt8(ascii: "<"))
      }
    }
    conditions.insert(.severalDataLines, if: dataLines > 1)
    conditions.insert(.objectsInOneBlock, if: dataLines > 1 && objects == dataLines)
    conditions.insert(.emptyEvent, if: dataLines > 0 && block.event?.data.isEmpty ?? true)
    conditions.insert(.emptyEvent, if: dataLines == 0 && !block.fields.isEmpty)
    let isError = block.event?.type == Self.error
    conditions.insert(.inbandError, if: isError)
  }

  private static let data = Array("data".utf8)
  private static let event = Array("event".utf8)
  private static let id = Array("id".utf8)
  private static let error = Array("error".utf8)
}
