// Scripts of the ways in which a body ends: by its length, by the connection's close, too early, or
// complete but without the blank line after its last event.

extension Script {
  static var closeDelimited: Script {
    var answer = CompatibleAnswer("b4c5d6e7-f809-94b5-86d7-a2b3c4d5e619", created: 1_767_226_699)
    let frames = [
      answer.opening(), answer.content("It is over"), answer.content(" when I hang up，好吗？"),
      answer.finish(), CompatibleAnswer.done,
    ]
    return compatible(
      "close-delimited", "a body that ends when the upstream closes the connection.",
      answer: answer, question: "When is it over?", frames: frames, framing: .close)
  }

  static var contentLength: Script {
    var answer = CompatibleAnswer("c5d6e7f8-091a-95c6-97e8-b3c4d5e6f720", created: 1_767_226_760)
    let frames = [
      answer.opening(), answer.content("I have counted"), answer.content(" every byte."),
      answer.finish(), CompatibleAnswer.done,
    ]
    return compatible(
      "content-length", "a stream whose length was known at its start.", answer: answer,
      question: "How long will you be?", frames: frames, framing: .length)
  }

  static var truncated: Script {
    var answer = CompatibleAnswer("d6e7f809-1a2b-96d7-88f9-c4d5e6f70821", created: 1_767_226_821)
    let whole = [answer.opening(), answer.content("话说"), answer.content("到一")]
    let last = answer.content("半就断了")
    var script = compatible(
      "truncated", "a body that stops inside an event, and there inside a character.",
      answer: answer, question: "说一个故事。", frames: whole + [last])
    let cut = Array(last.utf8).firstIndex { $0 & 0xC0 == 0x80 } ?? 0
    script.session.stop(at: script.session.body.count - last.utf8.count + cut)
    return script
  }

  static var unterminatedEnd: Script {
    var answer = CompatibleAnswer("e7f8091a-2b3c-97e8-890a-d5e6f7081922", created: 1_767_226_882)
    let frames = [
      answer.opening(), answer.content("Almost"), answer.content(" done"), answer.finish(),
      "data: [DONE]\n",
    ]
    return compatible(
      "unterminated-end", "a whole body whose last event lacks its blank line.", answer: answer,
      question: "Are you nearly done?", frames: frames)
  }

  static var unterminatedLine: Script {
    var answer = NativeAnswer(
      "f8091a2b-3c4d-98f9-9a1b-e6f708192a23", created: 1_767_226_943, inputTokens: 9)
    var frames = [
      answer.result("快", outputTokens: 1), answer.result("好了", outputTokens: 2),
      answer.result("。", finish: "stop", outputTokens: 3),
    ]
    frames[2].removeLast(2)
    return native(
      "unterminated-line", "a whole native body whose last line does not end.", answer: answer,
      question: "好了吗？", incremental: true, frames: frames)
  }
}
