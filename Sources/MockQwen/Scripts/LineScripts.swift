// Scripts that use the freedom of the WHATWG event stream format: comments, the three line ends, a byte
// order mark, data over several lines, unknown fields.

extension Script {
  static var keepAlives: Script {
    var answer = CompatibleAnswer("5e6f7081-92a3-9ebf-80d1-4c5d6e7f8013", created: 1_767_226_333)
    let frames = [
      ": OPENROUTER PROCESSING\n\n", ":keepalive\n\n", ":\n\n", answer.opening(),
      ": OPENROUTER PROCESSING\n\n:keepalive\n\n", ": before\n" + answer.content("Still"),
      "\n" + answer.content(" here"), ":\n:\n:\n\n", answer.content("."),
      "data: " + answer.chunk(#"{"content":""}"#, finish: #""stop""#) + "\n: after\n\n",
      ":keepalive\n\n", CompatibleAnswer.done, ": closing\n\n",
    ]
    return compatible(
      "keep-alives", "comments before, between, inside and after events, some of them empty.",
      answer: answer, question: "Are you there?", frames: frames)
  }

  static var crlfLines: Script {
    var answer = CompatibleAnswer("6f708192-a3b4-9fc0-91e2-5d6e7f809114", created: 1_767_226_394)
    let frames = [
      answer.opening(), answer.content("Carriage"), ":keepalive\n\n", answer.content(" return,"),
      answer.content(" line feed — 回车换行"), answer.finish(), CompatibleAnswer.done,
    ]
    return compatible(
      "crlf-lines", "every line ends with CR LF.", answer: answer,
      question: "How did a teleprinter end a line?",
      frames: frames.map { $0.replacingLineFeeds(with: "\r\n") })
  }

  static var crAndMixedLines: Script {
    var answer = CompatibleAnswer("708192a3-b4c5-90d1-82f3-6e7f8091a215", created: 1_767_226_455)
    let lines = ["One", " two", " three", " four", " five", " six"]
      .map { "data: " + answer.chunk(#"{"content":"\#($0)"}"#) }
    let frames = [
      "\u{FEFF}" + answer.opening().replacingLineFeeds(with: "\r"), lines[0] + "\r\r",
      lines[1] + "\r\n\r\n", lines[2] + "\n\r\n", ":keepalive\r: and\n:again\r\n\r",
      lines[3] + "\r\n\n", lines[4] + "\n\r", "event: message\r" + lines[5] + "\nid: 7\r\n\r\n",
      answer.finish().replacingLineFeeds(with: "\r"), "data: [DONE]\r\r",
    ]
    return compatible(
      "cr-and-mixed-lines", "a byte order mark, then lines ended by CR, LF and CR LF in turn.",
      answer: answer, question: "Count to six.", frames: frames)
  }

  static var multiLineData: Script {
    var answer = CompatibleAnswer("8192a3b4-c5d6-91e2-93a4-7f8091a2b316", created: 1_767_226_516)
    let opening = answer.chunk(#"{"content":"","role":"assistant"}"#)
    let frames = [
      "retry: 3000\n\n", "id: 1\nevent: message\ndata: \(opening)\n\n",
      "id: 2\n" + spread(answer.chunk(#"{"content":"In pieces"}"#), "data: ") + "\n",
      "event: ping\n\n", "data\n\n", "data:\ndata:\n\n",
      "id\n" + spread(answer.chunk(#"{"content":", yet whole"}"#), "data:") + "data\n\n",
      "retry: soon\nid: 3\nnote: nobody knows this field\nData: nor this one\n data: nor this\n\n",
      "data:   \(answer.chunk(#"{"content":" — and with blanks."}"#)) \t\n\n",
      answer.finish(), CompatibleAnswer.done,
    ]
    return compatible(
      "multi-line-data",
      "data over several lines, id, event, retry and unknown fields, and events with empty data.",
      answer: answer, question: "Say it in pieces.", frames: frames)
  }
}

extension String {
  /// This text with `lineEnd` for each line feed.
  fileprivate func replacingLineFeeds(with lineEnd: String) -> String {
    unicodeScalars.map { $0 == "\n" ? lineEnd : String($0) }.joined()
  }
}

/// The JSON object `chunk` as three data lines, each after `field`: white space may stand beside the
/// braces of an object, so the lines joined by line feeds are the same JSON.
private func spread(_ chunk: String, _ field: String) -> String {
  "\(field){\n\(field)\(chunk.dropFirst().dropLast())\n\(field)}\n"
}
