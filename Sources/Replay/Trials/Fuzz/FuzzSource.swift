// What cases are drawn from: recordings, split into blocks once.

internal import Judging
package import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Wire

/// A recording that cases are drawn from.
package struct FuzzSource: Sendable {
  /// Recordings with more bytes are only drawn in pieces: as a whole, one would take as long as hundreds
  /// of small cases.
  private static let wholeMax = 4_096
  /// Blocks with more bytes are not drawn.
  private static let blockMax = 512
  private static let blocksMax = 256

  package let session: Session
  /// The lines of each block, without their ends.
  package let blocks: [[[UInt8]]]
  /// Whether the recording is also drawn unchanged.
  let isDrawnWhole: Bool

  package init(_ session: Session) {
    self.session = session
    let body = session.body
    let read = ReferenceReader.blocks(in: body).filter {
      !$0.isBlank && $0.range.count <= Self.blockMax
    }
    blocks = read.prefix(Self.blocksMax).map { Self.lines(body[$0.range]) }
    isDrawnWhole = body.count <= Self.wholeMax
  }

  private static func lines(_ block: ArraySlice<UInt8>) -> [[UInt8]] {
    block.split { $0 == 0x0A || $0 == 0x0D }.map(Array.init)
  }

  /// A response head of another content type.
  static let otherResponse = ResponseHead(
    status: 200, fields: [Field("Content-Type", "application/json")])
}
