// What curl writes with --trace-ascii or --trace, with --trace-time or without. A line says what
// follows and how many bytes it has; the lines below hold the bytes, each with its offset, so that the
// CR LF between two of them is known. --trace tells every byte in hexadecimal digits; --trace-ascii
// shows line feeds and what is not ASCII as dots. Dots where an event stream must have its line ends
// become line feeds again; characters beyond ASCII are lost, and the source of the recording says so.

internal import Foundation
internal import Judging
internal import MockQwen
internal import Wire

/// Reads a trace of curl.
struct TraceReader {
  /// One piece of the trace.
  private struct Piece {
    package var mark: String
    package var milliseconds: Int
    package var bytes: [UInt8] = []
    package var isASCII = false
  }

  static func isTrace(_ bytes: [UInt8]) -> Bool {
    let start = String(decoding: bytes.prefix(2_000), as: UTF8.self)
    return start.split(separator: "\n").prefix(3).contains { header($0) != nil }
  }

  /// The exchanges of a trace.
  package static func recordings(_ bytes: [UInt8]) throws -> [Recording] {
    var recordings: [Recording] = []
    var open: [Piece] = []
    for piece in pieces(bytes) {
      if piece.mark == "=> Send header", open.contains(where: { $0.mark == "<= Recv header" }) {
        if let recording = recording(open) { recordings.append(recording) }
        open = []
      }
      open.append(piece)
    }
    if let recording = recording(open) { recordings.append(recording) }
    return recordings
  }

  /// What a line that begins a piece says: the mark, the bytes to come, and the time.
  private static func header(
    _ line: Substring
  ) -> (mark: String, count: Int, milliseconds: Int)? {
    let pattern =
      #/^(?:(\d\d):(\d\d):(\d\d)\.(\d{3})\d* )?(== Info: .*|(?:=>|<=) \w+ \w+(?: data)?, (\d+) bytes .*)$/#
    guard let match = line.firstMatch(of: pattern)?.output else { return nil }
    let mark = match.5.hasPrefix("==") ? String(match.5) : String(match.5.prefix { $0 != "," })
    let parts = [match.1, match.2, match.3, match.4].map { $0.flatMap { Int($0) } ?? 0 }
    let seconds = (parts[0] * 60 + parts[1]) * 60 + parts[2]
    return (mark, match.6.flatMap { Int($0) } ?? 0, seconds * 1_000 + parts[3])
  }

  private static func pieces(_ bytes: [UInt8]) -> [Piece] {
    var pieces: [Piece] = []
    var count = 0
    var rows: [(offset: Int, text: Substring)] = []
    func close() {
      guard !pieces.isEmpty else { return }
      (pieces[pieces.count - 1].bytes, pieces[pieces.count - 1].isASCII) = joined(rows, count)
      rows = []
    }
    let text = String(decoding: bytes, as: UTF8.self)
    for line in text.split(separator: /\r?\n/, omittingEmptySubsequences: false) {
      if let next = header(line) {
        close()
        count = next.count
        pieces.append(Piece(mark: next.mark, milliseconds: next.milliseconds))
      } else if let colon = line.firstIndex(of: ":"),
        (1...8).contains(line[..<colon].utf8.count), line.first != "-",
        let offset = Int(line[..<colon], radix: 16)
      {
        rows.append((offset, line[line.index(after: colon)...].dropFirst()))
      }
    }
    close()
    return pieces
  }

  /// The bytes of a piece's rows, and whether they were shown as text.
  private static func joined(
    _ rows: [(offset: Int, text: Substring)], _ count: Int
  ) -> (bytes: [UInt8], isASCII: Bool) {
    let isHex =
      !rows.isEmpty
      && rows.allSatisfy {
        $0.text.contains(#/^([0-9a-f]{2} ){1,16} */#)
      }
    var bytes: [UInt8] = []
    for (index, row) in rows.enumerated() {
      let end = index + 1 < rows.count ? rows[index + 1].offset : count
      if isHex {
        let digits = row.text.split(separator: " ").prefix(max(end - row.offset, 0))
        bytes += digits.compactMap { UInt8($0, radix: 16) }
      } else {
        bytes += Array(row.text.utf8).prefix(max(end - row.offset, 0))
        if end - row.offset == row.text.utf8.count + 2 { bytes += [0x0D, 0x0A] }
      }
    }
    return (bytes, !isHex)
  }

  /// The exchange that the pieces tell; nil when there is no answer.
  private static func recording(_ pieces: [Piece]) -> Recording? {
    var recorder = ResponseRecorder(method: "POST")
    var requestReader = RequestHeadReader()
    var request: Session.Request?
    var start = 0
    var isDecoded = false
    var data: [(bytes: [UInt8], milliseconds: Int)] = []
    for piece in pieces {
      switch piece.mark {
      case "=> Send header":
        var offset = 0
        start = piece.milliseconds
        if let head = try? requestReader.read(piece.bytes.span, at: &offset) {
          request = Session.Request(
            method: head.method, target: head.target,
            fields: head.fields.withoutConnection, body: [])
          recorder = ResponseRecorder(method: head.method)
        }
      case "=> Send data":
        request?.body += piece.bytes
        start = piece.milliseconds
      case "<= Recv header", "<= Recv data":
        var passed = piece.milliseconds - start
        // Past midnight.
        if passed < 0 { passed += 86_400_000 }
        if piece.mark == "<= Recv data" { data.append((piece.bytes, passed)) }
        if (try? recorder.take(piece.bytes, at: passed)) == nil { isDecoded = true }
      default: break
      }
    }
    guard let request, let head = recorder.head else { return nil }
    end(&recorder, pieces)
    var session = Session(
      name: "", request: request, response: head, framing: recorder.framing,
      body: recorder.body, fragments: recorder.fragments,
      ending: recorder.end?.ending ?? .truncated)
    // Later versions of curl show the data without its chunks.
    if isDecoded { session.take(data) }
    let isASCII = pieces.contains { $0.mark == "<= Recv data" && $0.isASCII }
    if isASCII { restoreLineEnds(&session.body) }
    return Recording(
      source: isASCII
        ? "curl --trace-ascii, which shows what is not ASCII as dots" : "curl --trace",
      session: session, side: isDecoded ? .upstream : recorder.end?.side ?? .upstream)
  }

  /// How the connection ended, as curl says it.
  private static func end(_ recorder: inout ResponseRecorder, _ pieces: [Piece]) {
    let infos = pieces.filter { $0.mark.hasPrefix("== Info") }.map(\.mark)
    if infos.contains(where: { $0.contains("onnection reset") }) {
      recorder.upstreamReset()
    } else if infos.contains(where: { $0.contains("timed out") }) {
      recorder.clientGaveUp()
    } else {
      recorder.upstreamFinished()
    }
  }

  /// Dots that must have been line feeds become them again.
  private static func restoreLineEnds(_ body: inout [UInt8]) {
    let dot = UInt8(ascii: ".")
    let names = ["data:", "event:", "id:", "retry:", ":"].map { Array($0.utf8) }
    func begins(_ offset: Int, _ words: [[UInt8]]) -> Bool {
      words.contains { body[offset...].starts(with: $0) }
    }
    let payloads = ["data: {", "data:{", "data: [DONE]", "data:[DONE]"].map { Array($0.utf8) }
    var lineStart = 0
    var index = 0
    while index < body.count {
      defer { index += 1 }
      guard body[index] == dot else { continue }
      let isPair = index + 1 < body.count && body[index + 1] == dot
      let isDataLine = begins(lineStart, [names[0]])
      if isPair, index + 2 == body.count || begins(index + 2, names) {
        body[index] = 0x0A
        body[index + 1] = 0x0A
        index += 1
        lineStart = index + 1
      } else if index + 1 < body.count,
        begins(index + 1, payloads) || !isDataLine && begins(index + 1, names)
      {
        body[index] = 0x0A
        lineStart = index + 1
      }
    }
  }
}

extension Session {
  /// Takes pieces of a body whose framing is gone.
  fileprivate mutating func take(_ pieces: [(bytes: [UInt8], milliseconds: Int)]) {
    body = []
    fragments = []
    for piece in pieces where !piece.bytes.isEmpty {
      body += piece.bytes
      let earliest = fragments.last?.milliseconds ?? 0
      fragments.append(
        Fragment(end: body.count, milliseconds: max(piece.milliseconds, earliest)))
    }
    ending = .complete
  }
}
