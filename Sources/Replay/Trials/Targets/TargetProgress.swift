// Whether a client has got what was complete upstream, by content: the bytes, if the target passes them
// on unchanged; otherwise the events, one by one; and at the level `content` the texts, arguments and
// finish reasons. A count of bytes or events would accept any filler.

internal import Judging
internal import MockQwen
internal import Stages

/// What must have reached a client at each moment.
struct TargetProgress {
  private let sent: [UInt8]
  private let form: BodyForm
  private let level: CompareLevel
  /// The blocks of the session that are not blank, in order.
  private let blocks: [Block]
  private let borders: [Int]
  private let countsComments: Bool

  // The part of the received bytes that has been read.
  private var matchedCount = 0
  private var isVerbatim = true
  private var readCount = 0
  private var matchedBlocks = 0
  private var said: StreamContent

  // What has been sent up to the last requested border.
  private var saidUpstream: StreamContent
  private var takenBlocks = 0

  init(_ whole: Expectation, body: [UInt8], _ settings: TargetSettings) {
    sent = body
    form = whole.form
    level = settings.level
    countsComments = level == .bytes || settings.comparesComments
    // A blank line that closes no block has no content: a proxy that works by events may hold it.
    let blanks = Set(whole.blocks.filter(\.isBlank).map(\.range.upperBound))
    borders = whole.borders.filter { !blanks.contains($0) }
    blocks = whole.blocks.filter { $0.isFinished && $0.event != nil }
    said = StreamContent(ignoring: settings.ignored)
    saidUpstream = said
  }

  /// The largest end of a block that is at most `count`; 0 when there is none.
  func lastBorder(upTo count: Int) -> Int {
    Stages.lastBorder(borders, upTo: count)
  }

  /// Whether a client that has received `received` has everything that was complete at offset `due` of
  /// the body.
  mutating func hasReached(_ due: Int, _ received: [UInt8]) -> Bool {
    match(received)
    if isVerbatim, matchedCount >= due { return true }
    guard form != .plain else { return !isVerbatim && received.count >= due }
    // What is not an event may be left out, unless it is compared.
    if isVerbatim, countsComments { return false }
    read(received)
    if level == .content { return hasSaid(due) }
    let count = blocks.prefix { $0.range.upperBound <= due }.count
    return matchedBlocks >= count
  }

  private mutating func match(_ received: [UInt8]) {
    guard isVerbatim else { return }
    let end = min(received.count, sent.count)
    while matchedCount < end, received[matchedCount] == sent[matchedCount] { matchedCount += 1 }
    isVerbatim = matchedCount == received.count
  }

  /// Reads the blocks that have come since the last call.
  private mutating func read(_ received: [UInt8]) {
    guard received.count > readCount else { return }
    let fresh = form.blocks(in: Array(received[readCount...])).filter(\.isFinished)
    for block in fresh {
      if level == .content {
        said.take(block)
      } else if let event = block.event, matchedBlocks < blocks.count,
        let due = blocks[matchedBlocks].event, due.type == event.type, due.data == event.data
      {
        matchedBlocks += 1
      }
    }
    readCount += fresh.last?.range.upperBound ?? 0
  }

  private mutating func hasSaid(_ due: Int) -> Bool {
    while takenBlocks < blocks.count, blocks[takenBlocks].range.upperBound <= due {
      saidUpstream.take(blocks[takenBlocks])
      takenBlocks += 1
    }
    return said.hasSaid(saidUpstream)
  }
}
