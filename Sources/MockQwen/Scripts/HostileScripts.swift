// Scripts whose text is legal and easily misread: separators that only some languages take for line ends,
// the stream's own marks inside strings, escapes that a decoder would rewrite, numbers that a double
// cannot hold, neighbours that are equal, unusual endings.

extension Script {
  static var hostileText: Script {
    var answer = CompatibleAnswer("92a3b4c5-d6e7-92f3-84b5-8091a2b3c417", created: 1_767_226_577)
    let opening = answer.opening()
    let twin = answer.content("ha")
    let frames = [
      opening,
      answer.content("a\u{2028}b\u{2029}c\u{85}d\u{A0}e\u{7F}f\u{FEFF}g\u{FFFD}h"),
      ": raw \u{B}\u{C}\u{1C}\u{1D}\u{1E}\u{0} in a comment\n\n",
      answer.content(#"\u000b\f\u001c\u0000\b\t\r\n\r\n\/\\ \"quoted\" \u003cb\u003e"#),
      answer.content(#"\u4f60\u597d \ud83d\ude00 \uD83D\uDC68\u200d\uD83D\uDC67 e\u0301 é"#),
      answer.content(#"[DONE]"#), answer.content(#"\n\ndata: [DONE]\n\n"#),
      answer.content(#"data: {\"choices\":[]}\n\nevent: error\n: no comment"#),
      answer.delta(#"{"content":"","big":18446744073709551617,"small":1.0e-400,"zero":-0.0}"#),
      twin, twin, twin, answer.content("  haha  "), answer.finish(),
      answer.usage(prompt: 9_007_199_254_740_993, completion: 9_007_199_254_740_995),
      CompatibleAnswer.done,
    ]
    return compatible(
      "hostile-text",
      "odd separators, escapes, marks of the stream inside strings, numbers above 2^53, equals.",
      answer: answer, question: "Be difficult.", parameters: includingUsage, frames: frames)
  }

  static var finishVariants: Script {
    var answer = CompatibleAnswer("a3b4c5d6-e7f8-93a4-95c6-91a2b3c4d518", created: 1_767_226_638)
    let none = #""""#
    let frames = [
      answer.delta(#"{"content":"","role":"assistant"}"#, finish: none),
      answer.delta(#"{"content":"No"}"#, finish: none),
      answer.delta(#"{"content":" reason"}"#, finish: none),
      answer.delta(#"{"content":" yet."}"#, finish: #""length""#),
      answer.usage(prompt: 12, completion: 5),
    ]
    return compatible(
      "finish-variants", "empty finish reasons, the last beside text, then usage and no [DONE].",
      answer: answer, question: "Are you done?", parameters: includingUsage, frames: frames)
  }
}
