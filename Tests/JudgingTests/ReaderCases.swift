// The table of the reference reader: stream and expectation, both written by hand.

import Testing

@testable import Judging

/// A stream, and what the standard makes of it.
struct ReaderCase: Sendable, CustomTestStringConvertible {
  var name: String
  var input: [UInt8]
  /// What a browser dispatches.
  var events: [Event]
  /// The comments of all blocks.
  var comments: [String]
  /// The last valid retry, in milliseconds.
  var retry: Int?

  init(
    _ name: String, _ input: String, _ events: [Event], comments: [String] = [],
    retry: Int? = nil
  ) {
    self.init(name, bytes: Array(input.utf8), events, comments: comments, retry: retry)
  }

  init(
    _ name: String, bytes: [UInt8], _ events: [Event], comments: [String] = [],
    retry: Int? = nil
  ) {
    self.name = name
    self.input = bytes
    self.events = events
    self.comments = comments
    self.retry = retry
  }

  var testDescription: String { name }

  static let all = lineEnds + dispatch + fieldsAndSpaces + comments + identifiers + retries + rest

  static let lineEnds: [ReaderCase] = [
    ReaderCase("LF", "data: a\n\n", [event("a")]),
    ReaderCase("CRLF", "data: a\r\n\r\n", [event("a")]),
    ReaderCase("CR", "data: a\r\r", [event("a")]),
    ReaderCase("LF then CR", "data: a\n\r", [event("a")]),
    ReaderCase("LF then CRLF", "data: a\n\r\n", [event("a")]),
    ReaderCase("CR then CRLF", "data: a\r\r\n", [event("a")]),
    ReaderCase("one CRLF is one line end", "data: a\r\ndata: b\r\n\r\n", [event("a\nb")]),
    ReaderCase("CRLF alone closes nothing", "data: a\r\n", []),
    ReaderCase(
      "all three in one stream", "data:1\r\ndata:2\n\ndata:3\r\rdata:4\n\r\n",
      [event("1\n2"), event("3"), event("4")]),
    ReaderCase("CR LF LF are two line ends", "data: a\r\n\ndata: b\n\n", [event("a"), event("b")]),
    ReaderCase("LF CR LF in the midst", "data: a\n\r\ndata: b\n\n", [event("a"), event("b")]),
    ReaderCase("CR LF CR", "data: a\r\n\rdata: b\r\r", [event("a"), event("b")]),
    ReaderCase(
      "CR at the very end is a line end", "data: a\n\ndata: b\n\r", [event("a"), event("b")]),
    ReaderCase(
      "U+2028, U+0085, VT, FF end no line", "data:a\u{2028}b\u{85}c\u{B}d\u{C}e\n\n",
      [
        event("a\u{2028}b\u{85}c\u{B}d\u{C}e")
      ]),
  ]

  static let dispatch: [ReaderCase] = [
    ReaderCase("nothing", "", []),
    ReaderCase("blank lines only", "\n\r\n\r\n\n", []),
    ReaderCase("blank lines before and after", "\n\ndata:a\n\n\n\n", [event("a")]),
    ReaderCase("two events", "data:a\n\ndata:b\n\n", [event("a"), event("b")]),
    ReaderCase("unfinished block is not dispatched", "data:a\n\ndata:b\n", [event("a")]),
    ReaderCase("unfinished line is not dispatched", "data:a\n\ndata:b", [event("a")]),
    ReaderCase("data with empty value", "data:\n\n", [event("")]),
    ReaderCase("data without a colon", "data\n\n", [event("")]),
    ReaderCase("two empty data lines", "data\ndata\n\n", [event("\n")]),
    ReaderCase("three empty data lines", "data:\ndata: \ndata\n\n", [event("\n\n")]),
    ReaderCase("empty data line between", "data:a\ndata:\ndata:b\n\n", [event("a\n\nb")]),
    ReaderCase("empty data line at the end", "data:a\ndata:\n\n", [event("a\n")]),
    ReaderCase("data on several lines", "data: +2\ndata: 10\ndata: x\n\n", [event("+2\n10\nx")]),
    ReaderCase("event type", "event: add\ndata: 1\n\n", [event("1", type: "add")]),
    ReaderCase("event type after the data", "data:1\nevent:add\n\n", [event("1", type: "add")]),
    ReaderCase("last event type counts", "event:a\nevent:b\ndata:1\n\n", [event("1", type: "b")]),
    ReaderCase("empty event type is message", "event:a\nevent:\ndata:1\n\n", [event("1")]),
    ReaderCase("event type alone dispatches nothing", "event: ping\n\n", []),
    ReaderCase("event type without data is reset", "event:a\n\ndata:1\n\n", [event("1")]),
    ReaderCase(
      "event type does not carry on", "event:a\ndata:1\n\ndata:2\n\n",
      [
        event("1", type: "a"), event("2"),
      ]),
  ]

  static let fieldsAndSpaces: [ReaderCase] = [
    ReaderCase("no space", "data:a\n\n", [event("a")]),
    ReaderCase("only one space goes", "data:  a\n\n", [event(" a")]),
    ReaderCase("one space alone", "data: \n\n", [event("")]),
    ReaderCase("two spaces alone", "data:  \n\n", [event(" ")]),
    ReaderCase("a tab stays", "data:\ta\n\n", [event("\ta")]),
    ReaderCase("trailing spaces stay", "data: a  \n\n", [event("a  ")]),
    ReaderCase("a no-break space stays", "data:\u{A0}a\n\n", [event("\u{A0}a")]),
    ReaderCase("colons in the value", "data:a:b: c\n\n", [event("a:b: c")]),
    ReaderCase("space before the colon is of the name", "data : a\n\n", []),
    ReaderCase("space before the name is of the name", " data: a\n\n", []),
    ReaderCase("names have a case", "Data: a\nDATA: b\ndata: c\n\n", [event("c")]),
    ReaderCase("names are compared in full", "dat: a\ndatas: b\ndata: c\n\n", [event("c")]),
    ReaderCase("unknown fields", "foo: 1\nbar\ndata: a\nbaz:\n\n", [event("a")]),
    ReaderCase("unknown field alone", "foo: 1\n\n", []),
    ReaderCase("JSON without a field name", "{\"a\":1}\n\n", []),
    ReaderCase("space in the event type", "event:  a \ndata:1\n\n", [event("1", type: " a ")]),
    ReaderCase("one space goes from id too", "id:  a\ndata:1\n\n", [event("1", id: " a")]),
    ReaderCase("NUL in data stays", "data:a\0b\n\n", [event("a\0b")]),
  ]

  static let comments: [ReaderCase] = [
    ReaderCase("comment", ": hello\n\n", [], comments: [" hello"]),
    ReaderCase("empty comment", ":\n\n", [], comments: [""]),
    ReaderCase("comment in an event", "data:a\n:x\ndata:b\n\n", [event("a\nb")], comments: ["x"]),
    ReaderCase("comment with a field in it", ":data: a\n\n", [], comments: ["data: a"]),
    ReaderCase("colons in a comment", "::a:\ndata:1\n\n", [event("1")], comments: [":a:"]),
    ReaderCase(
      "comments of several blocks", ":a\n\n:b\n:c\ndata:1\n\n:d", [event("1")],
      comments: [
        "a", "b", "c", "d",
      ]),
    ReaderCase(
      "DashScope frame", "id:1\nevent:result\n:HTTP_STATUS/200\ndata:{\"a\":1}\n\n",
      [event("{\"a\":1}", type: "result", id: "1")], comments: ["HTTP_STATUS/200"]),
    ReaderCase("space before the colon is not a comment", " :a\ndata:1\n\n", [event("1")]),
  ]

  static let identifiers: [ReaderCase] = [
    ReaderCase("id", "id: 1\ndata:a\n\n", [event("a", id: "1")]),
    ReaderCase(
      "id carries on", "id:1\ndata:a\n\ndata:b\n\n",
      [
        event("a", id: "1"), event("b", id: "1"),
      ]),
    ReaderCase(
      "empty id resets", "id:1\ndata:a\n\nid:\ndata:b\n\ndata:c\n\n",
      [
        event("a", id: "1"), event("b"), event("c"),
      ]),
    ReaderCase(
      "id without a colon resets", "id:1\ndata:a\n\nid\ndata:b\n\n",
      [
        event("a", id: "1"), event("b"),
      ]),
    ReaderCase(
      "id of a block that dispatches nothing", "id:1\n\ndata:a\n\n", [event("a", id: "1")]),
    ReaderCase("last id counts", "id:1\nid:2\ndata:a\n\n", [event("a", id: "2")]),
    ReaderCase("id after the data", "data:a\nid:3\n\n", [event("a", id: "3")]),
    ReaderCase(
      "id with NUL is ignored", "id:1\ndata:a\n\nid:2\u{0}\ndata:b\n\n",
      [
        event("a", id: "1"), event("b", id: "1"),
      ]),
    ReaderCase("id of NUL alone is ignored", "id:\u{0}\ndata:a\n\n", [event("a")]),
    ReaderCase("ID is not id", "ID:1\ndata:a\n\n", [event("a")]),
    ReaderCase("id need not be a number", "id: é/…\ndata:a\n\n", [event("a", id: "é/…")]),
  ]

  static let retries: [ReaderCase] = [
    ReaderCase("retry", "retry: 3000\n\n", [], retry: 3000),
    ReaderCase("retry in an event", "retry:1\ndata:a\n\n", [event("a")], retry: 1),
    ReaderCase("retry of 0", "retry:0\n\n", [], retry: 0),
    ReaderCase("retry with leading zeros", "retry:0010\n\n", [], retry: 10),
    ReaderCase("retry with a sign", "retry:+5\nretry:-5\n\n", []),
    ReaderCase("retry with a letter", "retry:1000x\n\n", []),
    ReaderCase("retry with two spaces", "retry:  5\n\n", []),
    ReaderCase("retry with a trailing space", "retry:5 \n\n", []),
    ReaderCase("retry with a fraction", "retry:1.5\n\n", []),
    ReaderCase("retry in other digits", "retry:\u{0661}\n\n", []),
    ReaderCase("empty retry", "retry:500\n\nretry:\n\nretry\n\n", [], retry: 500),
    ReaderCase("invalid retry changes nothing", "retry:7\nretry:x\n\n", [], retry: 7),
    ReaderCase("last valid retry counts", "retry:7\nretry:8\n\n", [], retry: 8),
    ReaderCase("largest retry", "retry:9223372036854775807\n\n", [], retry: .max),
    ReaderCase("too large a retry", "retry:9223372036854775808\n\n", [], retry: .max),
    ReaderCase("much too large a retry", "retry:99999999999999999999999999\n\n", [], retry: .max),
  ]

  static let rest: [ReaderCase] = [
    ReaderCase("byte order mark", "\u{FEFF}data:a\n\n", [event("a")]),
    ReaderCase("byte order mark alone", "\u{FEFF}", []),
    ReaderCase("byte order mark and comment", "\u{FEFF}:a\n\n", [], comments: ["a"]),
    ReaderCase("byte order mark and blank line", "\u{FEFF}\ndata:a\n\n", [event("a")]),
    ReaderCase("second byte order mark is content", "\u{FEFF}\u{FEFF}data:a\n\n", []),
    ReaderCase("later byte order mark is content", "data:a\n\n\u{FEFF}data:b\n\n", [event("a")]),
    ReaderCase("byte order mark in data", "data:\u{FEFF}a\n\n", [event("\u{FEFF}a")]),
    ReaderCase("piece of a byte order mark", bytes: [0xEF, 0xBB] + Array("data:a\n\n".utf8), []),
    ReaderCase(
      "invalid UTF-8 stays", bytes: Array("data:".utf8) + [0xFF, 0xC3, 0x0A, 0x0A],
      [Event(data: [0xFF, 0xC3])]),
    ReaderCase(
      "byte 0x85 ends no line", bytes: Array("data:a".utf8) + [0x85, 0x0A, 0x0A],
      [Event(data: [0x61, 0x85])]),
    ReaderCase("text beyond ASCII", "event:é\ndata:你好 😀\n\n", [event("你好 😀", type: "é")]),
    ReaderCase("only colon and spaces", ": \n :\n\n", [], comments: [" "]),
  ]
}
