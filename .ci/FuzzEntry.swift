// The entry point of coverage-guided fuzzing (`.ci/fuzz-coverage`). The first byte says how the rest
// is cut; the rest is read in three ways that must agree: in one piece, in many, and by a simple
// reader of the whole buffer. A disagreement traps, which libFuzzer reports with the bytes.
//
// It is not in a target of the package, because libFuzzer has its own `main`.

import ProxyUnderTest
import Wire

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
  guard let first = input.first else { return 0 }
  let bytes = Array(input.dropFirst())
  checkRelay(bytes, step: Int(first) % 17 + 1)
  checkChunks(bytes, step: Int(first) % 17 + 1)
  checkHead(bytes, step: Int(first) % 17 + 1)
  return 0
}

/// The pieces of `bytes`, each of `step` bytes.
private func pieces(_ bytes: [UInt8], _ step: Int) -> [[UInt8]] {
  stride(from: 0, to: bytes.count, by: step).map {
    Array(bytes[$0..<min($0 + step, bytes.count)])
  }
}

/// The relay passes on the finished blocks (by the reference reader), and at the end everything.
private func checkRelay(_ bytes: [UInt8], step: Int) {
  var relay = Relay()
  var output: [UInt8] = []
  for piece in pieces(bytes, step) { relay.feed(piece.span, into: &output) }
  let blocks = ReferenceReader.blocks(in: bytes)
  let border = blocks.last(where: \.isFinished)?.range.upperBound ?? 0
  precondition(output == Array(bytes[..<border]), "the relay and the reference differ")
  relay.finish(into: &output)
  precondition(output.starts(with: bytes), "the relay lost bytes at the end")
  precondition(
    output.dropFirst(bytes.count).allSatisfy { $0 == 0x0A }, "the relay added more than an end")
}

/// The result of reading: data, how much was read, and the error.
private struct Reading: Equatable {
  var data: [UInt8] = []
  var isComplete = false
  var error: WireError.Reason?
}

private func read(_ pieces: [[UInt8]]) -> Reading {
  var reading = Reading()
  var reader = BodyReader(.chunked)
  for piece in pieces where !reader.isComplete {
    var offset = 0
    do throws(WireError) {
      while let range = try reader.read(piece.span, at: &offset) {
        reading.data += piece[range]
      }
    } catch {
      reading.error = error.reason
      return reading
    }
  }
  reading.isComplete = reader.isComplete
  return reading
}

/// Chunks are read the same however they are cut, and the same as by the simple reader.
private func checkChunks(_ bytes: [UInt8], step: Int) {
  let whole = read([bytes])
  precondition(whole == read(pieces(bytes, step)), "chunks read whole and in pieces differ")
  if let plain = plainChunks(bytes) {
    precondition(
      whole.data == plain && whole.isComplete, "chunks and the plain reading of them differ")
  }
}

/// The data of a whole chunked body in its simplest form (RFC 9112 section 7.1: lower-case sizes, no
/// extension, no trailer); nil for anything else.
private func plainChunks(_ bytes: [UInt8]) -> [UInt8]? {
  var rest = bytes[...]
  var data: [UInt8] = []
  while let end = rest.firstIndex(of: 0x0D) {
    let digits = rest[..<end]
    guard (1...4).contains(digits.count),
      digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }),
      let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
    else { return nil }
    rest = rest[end...]
    guard rest.starts(with: [0x0D, 0x0A]) else { return nil }
    rest = rest.dropFirst(2)
    guard rest.count >= size + 2 else { return nil }
    data += rest.prefix(size)
    rest = rest.dropFirst(size)
    guard rest.starts(with: [0x0D, 0x0A]) else { return nil }
    rest = rest.dropFirst(2)
    if size == 0 { return data }
  }
  return nil
}

/// A response head is read the same however it is cut.
private func checkHead(_ bytes: [UInt8], step: Int) {
  func read(_ pieces: [[UInt8]]) -> (ResponseHead?, WireError.Reason?) {
    var reader = ResponseHeadReader()
    for piece in pieces {
      var offset = 0
      do throws(WireError) {
        if let head = try reader.read(piece.span, at: &offset) { return (head, nil) }
      } catch {
        return (nil, error.reason)
      }
    }
    return (nil, nil)
  }
  let whole = read([bytes])
  let cut = read(pieces(bytes, step))
  precondition(whole.0 == cut.0 && whole.1 == cut.1, "a head read whole and in pieces differs")
}
