// Every reader is tested through `outcome`: it feeds the bytes in every way of `everyWay`, and
// demands that nothing that a caller can see depends on the way, and that the reader after n bytes
// is one and the same value.

import TestSupport
import Testing
import Wire

/// A reader that the tests can feed.
protocol Fed: Hashable {
  /// What it has read so far.
  associatedtype Product: Equatable
  static var nothing: Product { get }
  /// Reads `piece` from `offset` on and adds to `product`; true when the message is complete.
  mutating func feed(
    _ piece: [UInt8], at offset: inout Int, into product: inout Product
  ) throws(WireError) -> Bool
}

/// What came of feeding some bytes to a reader.
struct Outcome<Reader: Fed>: Equatable {
  var product = Reader.nothing
  var isComplete = false
  var error: WireError?
  /// How many bytes were consumed; with an error, up to the byte that decided it.
  var consumed = 0
  var reader: Reader

  /// Feeds the next piece; false when the reader wants no more.
  mutating func feed(_ piece: [UInt8]) -> Bool {
    var offset = 0
    do throws(WireError) {
      isComplete = try reader.feed(piece, at: &offset, into: &product)
    } catch {
      self.error = error
    }
    consumed += offset
    return !isComplete && error == nil
  }
}

/// Feeds `bytes` to copies of `reader` in every way, expects the same outcome from each and the
/// same value at each place, and gives the outcome.
func outcome<Reader: Fed>(
  of bytes: [UInt8], from reader: Reader, sourceLocation: SourceLocation = #_sourceLocation
) -> Outcome<Reader> {
  var walk = Outcome(reader: reader)
  var states = [walk.reader]
  for byte in bytes where walk.isComplete == false && walk.error == nil {
    _ = walk.feed([byte])
    states.append(walk.reader)
  }
  for way in everyWay(ofCutting: bytes) {
    var run = Outcome(reader: reader)
    for piece in way {
      guard run.feed(piece) else { break }
      #expect(run.reader == states[run.consumed], sourceLocation: sourceLocation)
    }
    #expect(run == walk, "cut \(way.map(\.count))", sourceLocation: sourceLocation)
    expectFinal(run, sourceLocation)
  }
  return walk
}

/// After the end nothing changes: a refusal is repeated, a complete body takes nothing.
private func expectFinal<Reader: Fed>(_ run: Outcome<Reader>, _ place: SourceLocation) {
  guard let error = run.error else { return }
  var again = run
  _ = again.feed(Array("0\r\n\r\n".utf8))
  #expect(again.error == error && again.reader == run.reader, sourceLocation: place)
  #expect(again.consumed == run.consumed, sourceLocation: place)
}

extension RequestHeadReader: Fed {
  static var nothing: RequestHead? { nil }

  mutating func feed(
    _ piece: [UInt8], at offset: inout Int, into product: inout RequestHead?
  ) throws(WireError) -> Bool {
    product = try read(piece.span, at: &offset)
    #expect(product != nil || offset == piece.count)
    return product != nil
  }
}

extension ResponseHeadReader: Fed {
  static var nothing: ResponseHead? { nil }

  mutating func feed(
    _ piece: [UInt8], at offset: inout Int, into product: inout ResponseHead?
  ) throws(WireError) -> Bool {
    product = try read(piece.span, at: &offset)
    #expect(product != nil || offset == piece.count)
    return product != nil
  }
}

extension BodyReader: Fed {
  static var nothing: [UInt8] { [] }

  mutating func feed(
    _ piece: [UInt8], at offset: inout Int, into product: inout [UInt8]
  ) throws(WireError) -> Bool {
    while let range = try read(piece.span, at: &offset) {
      #expect(!range.isEmpty && range.upperBound == offset)
      product += piece[range]
    }
    #expect(isComplete || offset == piece.count)
    return isComplete
  }
}

/// One byte for each scalar U+0000–U+00FF of `text`.
func octets(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }
