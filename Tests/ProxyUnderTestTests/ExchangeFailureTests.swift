// How an upstream fails, at every byte: before the first body byte the client gets an HTTP error;
// after it the whole blocks, one error event, and a close that no reader takes for an end.

import ProxyUnderTest
import TestSupport
import Testing
import Wire

private let stream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
private let json = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

@Suite struct ExchangeFailureTests {
  enum Ending: CaseIterable { case finished, reset, silence }

  /// Responses as pictures: framing and body by turns, with bars between them.
  static let pictures: [(picture: String, isStream: Bool, endsByClose: Bool)] = [
    (
      "HTTP/1.1 100 Continue\r\n\r\n" + stream + "Transfer-Encoding: chunked\r\n\r\n"
        + "c;a=\"b\"\r\n|data: a\n\ndat|\r\n0B\r\n|a: b\r\n\r\n: c|\r\n9\r\n|\n\ndata: d|\r\n"
        + "0\r\nX-Usage: 5\r\n\r\n", true, false
    ),
    (
      stream + "Content-Length: 32\r\n\r\n|data: a\n\ndata: b\r\n\r\n: c\n\ndata: d|", true, false
    ),
    (stream + "\r\n|\u{FEFF}data: a\n\ndata: b\r\n\r\n: c\r\rdata: d|", true, true),
    (json + "Transfer-Encoding: chunked\r\n\r\n4\r\n|{\n\n}|\r\n0\r\n\r\n", false, false),
    (json + "Content-Length: 4\r\n\r\n|{\n\n}|", false, false),
    (json + "\r\n|{\n\n}|", false, true),
    (stream + "Content-Encoding: gzip\r\n\r\n|{\n\n}|", false, true),
  ]

  @Test(arguments: pictures.indices, Ending.allCases)
  func failsCleanlyAtEveryByte(_ index: Int, _ ending: Ending) {
    let (picture, isStream, endsByClose) = Self.pictures[index]
    let parts = picture.split(separator: "|", omittingEmptySubsequences: false)
    var wire: [UInt8] = []
    var bodies: [[UInt8]] = [[]]
    for (part, text) in parts.enumerated() {
      for byte in text.utf8 {
        wire.append(byte)
        bodies.append(part % 2 == 1 ? bodies[wire.count - 1] + [byte] : bodies[wire.count - 1])
      }
    }
    let headEnd = bodies.firstIndex { !$0.isEmpty }! - 1
    for request in [Bench.request, Bench.oldRequest] {
      var walk = Bench.asked(request)
      for count in 0...wire.count {
        if count > 0 { walk.take(.upstream([wire[count - 1]])) }
        var whole = Bench.asked(request)
        if count > 0 { whole.take(.upstream(Array(wire[..<count]))) }
        let isWhole =
          endsByClose ? ending == .finished && count >= headEnd : count == wire.count
        let expected = Expected(
          body: bodies[count], isStream: isStream, isWhole: isWhole,
          isOld: request == Bench.oldRequest, hasLength: picture.contains("Content-Length"),
          endsByClose: endsByClose, ending: ending)
        for bench in [walk, whole] {
          if let mistake = expected.mistake(in: bench) {
            Issue.record("\(ending) behind byte \(count) of \(wire.count): \(mistake)")
            return
          }
        }
      }
    }
  }

  /// Every cut of the same failures gives one outcome.
  @Test(arguments: pictures.indices) func failsTheSameHoweverItIsCut(_ index: Int) {
    let wire = octets(Self.pictures[index].picture.replacing("|", with: ""))
    for count in stride(from: 1, to: wire.count, by: 7) {
      _ = outcome(of: Array(wire[..<count]), end: .upstreamClosed(.reset))
    }
  }

  static let chunked = stream + "Transfer-Encoding: chunked\r\n\r\n"

  /// Responses that are refused before their body has begun.
  static let hostile: [String] = [
    stream + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    stream + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
    stream + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
    stream + "Content-Length: 5, 5\r\n\r\n",
    stream + "Content-Length: +5\r\n\r\n",
    stream + "Content-Length: -5\r\n\r\n",
    stream + "Content-Length: 5a\r\n\r\n",
    stream + "Content-Length:\r\n\r\n",
    stream + "Transfer-Encoding: gzip, chunked\r\n\r\n",
    stream + "Transfer-Encoding: identity\r\n\r\n",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
    "HTTP/1.1 099 OK\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 +20 OK\r\n\r\n",
    "HTTP/2 200\r\n\r\n",
    "garbage\r\n",
    "data: a\n\n",
    "\r\nHTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\n\n",
    "HTTP/1.1 200 OK\r\nX: a\nY: b\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX : a\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: a\0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: " + String(repeating: "a", count: 500),
    "HTTP/1.1 200 OK\r\n" + String(repeating: "X: a\r\n", count: 11),
    chunked + "+5\r\n",
    chunked + "-5\r\n",
    chunked + "0x5\r\n",
    chunked + "5 \r\n",
    chunked + "5\n",
    chunked + "\r\n",
    chunked + "data: a\n\n",
    chunked + "FFFFFFFFFFFFFFFFF\r\n",
    chunked + "5;a=\r\n",
  ]

  @Test(arguments: hostile.indices) func answersHostileHeads(_ index: Int) {
    var settings = Bench.settings
    settings.limits.wire.headBytesMax = 400
    settings.limits.wire.fieldsMax = 10
    let found = outcome(of: octets(Self.hostile[index]), from: .asked(Bench.request, settings))
    expectError(found, 502, "upstream_malformed")
  }

  /// Bodies that go wrong behind `data: a`, its blank line and the beginning of another event.
  static let hostileBodies: [String] = [
    "+5\r\n", "g\r\n", "\r\n", "5 \r\n", "5\n", "1;=\r\n", "FFFFFFFFFFFFFFFFF\r\n",
    "2\r\nb\n\n", "2\r\nb\n\r0", "1\r\nb\n", "0\r\nContent-Length: 5\r\n\r\n",
    "0\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\nX\r\n\r\n", "0\r\n\n",
  ]

  @Test(arguments: hostileBodies) func endsHostileBodies(_ body: String) {
    let wire = Self.chunked + "e\r\ndata: a\n\ndata:\r\n" + body
    let found = outcome(of: octets(wire))
    expectErrorEvent(found, behind: "data: a\n\n", "upstream_malformed")
  }

  @Test func answersWhenThereIsNoConnection() {
    for (input, status, code) in [
      (Exchange.Input.upstreamRefused, 502, "upstream_unreachable"),
      (.deadline, 504, "upstream_connect_timeout"),
      (.upstreamClosed(.reset), 502, "upstream_reset"),
    ] {
      var bench = Bench()
      bench.take(.client(octets(Bench.request)))
      bench.outputs = []
      bench.take(input, at: bench.exchange.deadline ?? 0)
      expectError(Outcome(bench), status, code)
    }
  }

  /// Bodies with a limit of 20 bytes for a block, and, when one is too large, what is before it.
  static let blocks: [(body: String, refusedBehind: String?)] = [
    ("data: b2345678901\n\n", nil),
    ("data: b23456789012\n\n", nil),
    ("data: a\n\ndata: b2345678901234", nil),
    ("data: a\n\ndata: b23456789012345", "data: a\n\n"),
    ("data: a\n\ndata: b23456789012\n", nil),
    ("data: a\n\ndata: b2345678901234\n\n", "data: a\n\n"),
    ("data: a\n\ndata: b2345678901234567890\n\n", "data: a\n\n"),
    ("data: a\n\ndata: b\n\ndata: c\n\ndata: d\n\ndata: e\n\n", nil),
    ("data: a\n\ndata: b\n\ndata: c2345678901234567890\n\ndata", "data: a\n\ndata: b\n\n"),
  ]

  @Test(arguments: blocks.indices) func holdsALimitedBlock(_ index: Int) {
    let (body, refusedBehind) = Self.blocks[index]
    var settings = Bench.settings
    settings.limits.blockBytesMax = 20
    let bench = Bench.asked(Bench.request, settings)
    let size = String(body.utf8.count, radix: 16)
    for wire in [stream + "\r\n" + body, Self.chunked + "\(size)\r\n\(body)"] {
      let found = outcome(of: octets(wire), from: bench)
      if let refusedBehind {
        expectErrorEvent(found, behind: refusedBehind, "upstream_event_too_large")
      } else {
        let whole = octets(body)[..<plainBorder(octets(body))]
        #expect(found.responses?.first?.body[...] == whole)
        #expect(found.orders == [])
      }
    }
  }

  @Test func aBlockMayHaveNoLimit() {
    var settings = Bench.settings
    settings.limits.blockBytesMax = .max
    let found = outcome(
      of: octets(stream + "\r\ndata: a\n\nd"), from: .asked(Bench.request, settings))
    #expect(found.responses?.first?.body == octets("data: a\n\n"))
  }

  /// The HTTP error that a failure before the first body byte gives; the client may ask again.
  private func expectError(
    _ found: Outcome, _ status: Int, _ code: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let response = found.responses?.first
    #expect(found.responses?.count == 1, sourceLocation: sourceLocation)
    #expect(response?.status == status, sourceLocation: sourceLocation)
    #expect(response?.end == .complete, sourceLocation: sourceLocation)
    let error = ErrorObject.ofBody(response?.body ?? [])
    #expect(error?.type == "upstream_error", sourceLocation: sourceLocation)
    #expect(error?.code == code, sourceLocation: sourceLocation)
    #expect(found.orders == [.closeUpstream], sourceLocation: sourceLocation)
    #expect(!found.exchange.isClosed, sourceLocation: sourceLocation)
    #expect(found.exchange.phaseNumber == 0, sourceLocation: sourceLocation)
  }

  private func expectErrorEvent(
    _ found: Outcome, behind blocks: String, _ code: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let response = found.responses?.first
    #expect(found.responses?.count == 1, sourceLocation: sourceLocation)
    #expect(response?.status == 200, sourceLocation: sourceLocation)
    #expect(response?.end == .cut, sourceLocation: sourceLocation)
    let body = response?.body ?? []
    #expect(body.starts(with: octets(blocks)), sourceLocation: sourceLocation)
    let error = ErrorObject.ofEvent(body.dropFirst(blocks.utf8.count))
    #expect(error?.type == "streaming_error", sourceLocation: sourceLocation)
    #expect(error?.code == code, sourceLocation: sourceLocation)
    #expect(found.orders == [.closeUpstream, .closeClient], sourceLocation: sourceLocation)
    #expect(found.exchange.isClosed, sourceLocation: sourceLocation)
  }
}

/// What a client must have got when the upstream ends behind some byte.
private struct Expected {
  /// The body bytes that came.
  var body: [UInt8]
  var isStream: Bool
  var isWhole: Bool
  var isOld: Bool
  var hasLength: Bool
  var endsByClose: Bool
  var ending: ExchangeFailureTests.Ending

  /// Ends the response, and says what is not as it must be.
  func mistake(in before: Bench) -> String? {
    var bench = before
    let bytes = bench.outputs.clientBytes.count
    switch ending {
    case .finished: bench.take(.upstreamClosed(.finished))
    case .reset: bench.take(.upstreamClosed(.reset))
    case .silence: if !isWhole { bench.wake() }
    }
    guard let responses = bench.responses, let response = responses.first, responses.count == 1
    else { return "not one response: \(bench.outputs)" }
    if isWhole { return wholeMistake(response, bench) }
    if body.isEmpty { return bytes == 0 ? errorMistake(response, bench) : "sent too early" }
    return cutMistake(response, bench)
  }

  private func wholeMistake(_ response: PlainResponse, _ bench: Bench) -> String? {
    let whole = isStream ? plainCompletion(body) : body
    let end: PlainResponse.End = isOld && (isStream || !hasLength) ? .untilClose : .complete
    guard response.status == 200, response.body == whole, response.end == end else {
      return "not whole: \(response)"
    }
    let orders: [Exchange.Output] = isOld ? [.closeUpstream, .closeClient] : [.closeUpstream]
    return bench.outputs.orders == orders ? nil : "\(bench.outputs.orders)"
  }

  private func errorMistake(_ response: PlainResponse, _ bench: Bench) -> String? {
    let (status, code) =
      switch ending {
      case .finished: (502, "upstream_truncated")
      case .reset: (502, "upstream_reset")
      case .silence: (504, "upstream_first_byte_timeout")
      }
    let error = ErrorObject.ofBody(response.body)
    guard response.status == status, response.end == .complete, error?.code == code else {
      return "no error: \(response)"
    }
    let orders: [Exchange.Output] = isOld ? [.closeUpstream, .closeClient] : [.closeUpstream]
    return bench.outputs.orders == orders ? nil : "\(bench.outputs.orders)"
  }

  private func cutMistake(_ response: PlainResponse, _ bench: Bench) -> String? {
    let code =
      switch ending {
      case .finished: "upstream_truncated"
      case .reset: "upstream_reset"
      case .silence: "upstream_idle_timeout"
      }
    let isByClose = isOld && (isStream || !hasLength)
    guard response.status == 200, response.end == (isByClose ? .untilClose : .cut)
    else { return "a clean end: \(response)" }
    let whole = isStream ? plainBorder(body) : body.count
    guard response.body.starts(with: body[..<whole]) else { return "bytes: \(response.body)" }
    let rest = response.body.dropFirst(whole)
    if isStream {
      guard let error = ErrorObject.ofEvent(rest), error.code == code,
        error.type == "streaming_error", !error.message.isEmpty
      else { return "no error event: \(rest)" }
    } else if !rest.isEmpty {
      return "bytes: \(rest)"
    }
    let abort: Exchange.Output = !isStream && isByClose ? .resetClient : .closeClient
    guard bench.outputs.orders == [.closeUpstream, abort], bench.exchange.isClosed else {
      return "\(bench.outputs.orders)"
    }
    return nil
  }
}
