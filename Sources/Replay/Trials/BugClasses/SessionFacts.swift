// What a session is, as far as bugs care: worked out once, and then only compared with plans. Blocks
// come from the reference reader; spellings that it takes away (spaces, line ends, kinds of
// characters) are read from the bytes in one walk, and the same walk notes for every offset of the
// body what a cut there would cut.

internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Wire

/// The facts of a session.
struct SessionFacts: Sendable {
  /// What holds of the session when all of it arrives.
  private(set) var traits: TraitSet = []
  /// For every offset of the body the traits of a cut there: bit n is trait n.
  private(set) var places: [UInt8]
  /// Where blocks end, rising.
  package let borders: [Int]
  /// Where the first `[DONE]` event ends; nil when there is none.
  private(set) var doneEnd: Int?

  /// A line of this many bytes is long: readers with a limit mostly have this one.
  private static let longLineMin = 65_536
  /// As many blocks make a disorder of workers likely.
  private static let manyBlocksMin = 8

  private let blockBytesMax: Int

  /// - Parameters:
  ///   - whole: What a client must get of the session.
  ///   - blockBytesMax: The longest block that the proxy takes, in bytes.
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
    traits.formUnion(walk.traits)
    if let last = borders.last ?? (session.body.isEmpty ? nil : 0), last < session.body.count {
      traits.insert(.unterminated)
    }
    addBlocks(whole.blocks)
  }

  private mutating func addHead(_ head: ResponseHead, isEventStream: Bool) {
    let type = head.fields["Content-Type"] ?? ""
    traits.insert(.eventStream, if: isEventStream && head.status == 200)
    traits.insert(.otherBody, if: !isEventStream && head.status == 200)
    traits.insert(.errorStatus, if: head.status >= 400)
    traits.insert(.noBodyStatus, if: head.status == 204 || head.status == 304)
    traits.insert(.redirectStatus, if: (301...308).contains(head.status) && head.status != 304)
    traits.insert(.retryAfter, if: head.fields["Retry-After"] != nil)
    traits.insert(.contentCoding, if: head.fields["Content-Encoding"] != nil)
    traits.insert(.bareContentType, if: !type.utf8.contains(UInt8(ascii: ";")))
    traits.insert(.dressedContentType, if: type != "text/event-stream")
  }

  /// Every offset inside a block.
  private mutating func markBlocks(count: Int) {
    guard count > 1 else { return }
    var border = 0
    for offset in 1..<count {
      while border < borders.count, borders[border] < offset { border += 1 }
      if border < borders.count, borders[border] == offset { continue }
      places[offset] |= 1 << Trait.cutInBlock.rawValue
    }
  }

  private mutating func addBlocks(_ blocks: [Block]) {
    var meaning = AnswerFacts()
    var longest = 0
    for block in blocks {
      longest = max(longest, block.range.count)
      add(block)
      guard let event = block.event else { continue }
      meaning.take(event)
      if doneEnd == nil, event.data == AnswerFacts.done { doneEnd = block.range.upperBound }
    }
    traits.formUnion(meaning.finished())
    traits.insert(.longLine, if: longest >= Self.longLineMin)
    traits.insert(.endlessBlock, if: longest > blockBytesMax)
    traits.insert(.manyBlocks, if: blocks.count >= Self.manyBlocksMin)
  }

  private mutating func add(_ block: Block) {
    traits.insert(.comment, if: !block.comments.isEmpty)
    traits.insert(.retryField, if: block.retry != nil)
    var dataLines = 0
    var objects = 0
    for field in block.fields {
      switch field.name {
      case Self.data:
        dataLines += 1
        let isObject =
          field.value.first == UInt8(ascii: "{") && field.value.last == UInt8(ascii: "}")
        objects += isObject && field.value.count > 1 ? 1 : 0
      case Self.event: traits.insert(.eventField)
      case Self.id: traits.insert(.idField)
      case Self.error: traits.insert(.foreignLine)
      default:
        let first = field.name.first
        traits.insert(.foreignLine, if: first == UInt8(ascii: "{") || first == UInt8(ascii: "<"))
      }
    }
    traits.insert(.severalDataLines, if: dataLines > 1)
    traits.insert(.objectsInOneBlock, if: dataLines > 1 && objects == dataLines)
    traits.insert(.emptyEvent, if: dataLines > 0 && block.event?.data.isEmpty ?? true)
    traits.insert(.emptyEvent, if: dataLines == 0 && !block.fields.isEmpty)
    let isError = block.event?.type == Self.error
    traits.insert(.inbandError, if: isError)
  }

  private static let data = Array("data".utf8)
  private static let event = Array("event".utf8)
  private static let id = Array("id".utf8)
  private static let error = Array("error".utf8)
}
