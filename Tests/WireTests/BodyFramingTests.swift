// The rule that says where a body ends (RFC 9112 section 6.3), as tables.

import Testing
import Wire

@Suite struct BodyFramingTests {
  typealias Pairs = [(String, String)]

  /// Fields that give the same framing in a request and in a response; nil for neither field.
  static let accepted: [(Pairs, BodyFraming?)] = [
    ([], nil),
    ([("Content-Type", "text/plain")], nil),
    ([("Content-Length", "0")], .length(0)),
    ([("content-LENGTH", "42")], .length(42)),
    ([("Content-Length", "007")], .length(7)),
    ([("Content-Length", "999999999999999")], .length(999_999_999_999_999)),
    ([("Transfer-Encoding", "chunked")], .chunked),
    ([("transfer-encoding", "CHUNKED")], .chunked),
  ]

  @Test(arguments: accepted.indices) func givesFraming(_ index: Int) throws {
    let (pairs, framing) = Self.accepted[index]
    let fields = Fields(pairs.map { Field($0.0, $0.1) })
    let request = RequestHead(method: "POST", target: "/", fields: fields)
    #expect(try BodyFraming.ofRequest(request) == framing ?? .none)
    let response = ResponseHead(status: 200, fields: fields)
    #expect(try BodyFraming.ofResponse(response, toMethod: "POST") == framing ?? .untilClose)
  }

  static let refusals: [(Pairs, WireError.Reason)] = [
    ([("Content-Length", "5"), ("Transfer-Encoding", "chunked")], .bothLengthAndCoding),
    ([("Transfer-Encoding", "gzip"), ("Content-Length", "x")], .bothLengthAndCoding),
    ([("Content-Length", "5"), ("Content-Length", "6")], .conflictingLengths),
    ([("Content-Length", "5"), ("content-length", "5")], .conflictingLengths),
    ([("Content-Length", "5, 6")], .conflictingLengths),
    ([("Content-Length", "5,5")], .conflictingLengths),
    ([("Content-Length", "")], .badLength),
    ([("Content-Length", "+5")], .badLength),
    ([("Content-Length", "-5")], .badLength),
    ([("Content-Length", "5 5")], .badLength),
    ([("Content-Length", "0x10")], .badLength),
    ([("Content-Length", "5.0")], .badLength),
    ([("Content-Length", "\u{B2}")], .badLength),
    ([("Content-Length", "1000000000000000")], .badLength),
    ([("Transfer-Encoding", "")], .unknownTransferCoding),
    ([("Transfer-Encoding", "gzip")], .unknownTransferCoding),
    ([("Transfer-Encoding", "identity")], .unknownTransferCoding),
    ([("Transfer-Encoding", "gzip, chunked")], .unknownTransferCoding),
    ([("Transfer-Encoding", "chunked, gzip")], .unknownTransferCoding),
    ([("Transfer-Encoding", "chunked, chunked")], .unknownTransferCoding),
    ([("Transfer-Encoding", "chunked,")], .unknownTransferCoding),
    ([("Transfer-Encoding", "chunked;q=1")], .unknownTransferCoding),
    ([("Transfer-Encoding", "\u{A0}chunked")], .unknownTransferCoding),
    ([("Transfer-Encoding", "xchunked")], .unknownTransferCoding),
    (
      [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")],
      .unknownTransferCoding
    ),
    ([("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "")], .unknownTransferCoding),
  ]

  @Test(arguments: refusals.indices) func refusesFields(_ index: Int) {
    let (pairs, reason) = Self.refusals[index]
    let fields = Fields(pairs.map { Field($0.0, $0.1) })
    #expect(throws: WireError(reason, at: 0)) {
      try BodyFraming.ofRequest(RequestHead(method: "POST", target: "/", fields: fields))
    }
    #expect(throws: WireError(reason, at: 0)) {
      try BodyFraming.ofResponse(ResponseHead(status: 200, fields: fields), toMethod: "GET")
    }
  }

  @Test func refusesACodingInHTTP10() {
    let fields: Fields = [Field("Transfer-Encoding", "chunked")]
    #expect(throws: WireError(.unknownTransferCoding, at: 0)) {
      try BodyFraming.ofRequest(
        RequestHead(method: "POST", target: "/", version: .http10, fields: fields))
    }
    #expect(throws: WireError(.unknownTransferCoding, at: 0)) {
      try BodyFraming.ofResponse(
        ResponseHead(version: .http10, status: 200, fields: fields), toMethod: "GET")
    }
  }

  /// Responses whose status or request decides before their fields are looked at.
  static let responses: [(Int, String, BodyFraming)] = [
    (200, "HEAD", .none), (404, "HEAD", .none), (200, "head", .length(5)),
    (100, "GET", .none), (101, "GET", .none), (199, "GET", .none),
    (204, "GET", .none), (304, "GET", .none),
    (200, "CONNECT", .none), (299, "CONNECT", .none), (407, "CONNECT", .length(5)),
    (200, "GET", .length(5)), (205, "GET", .length(5)), (500, "POST", .length(5)),
  ]

  @Test(arguments: responses)
  func looksAtStatusAndMethod(_ status: Int, method: String, framing: BodyFraming) throws {
    var response = ResponseHead(status: status, fields: [Field("Content-Length", "5")])
    #expect(try BodyFraming.ofResponse(response, toMethod: method) == framing)
    guard framing == .none else { return }
    response.fields.add("Transfer-Encoding", "chunked")
    #expect(try BodyFraming.ofResponse(response, toMethod: method) == .none)
  }
}
