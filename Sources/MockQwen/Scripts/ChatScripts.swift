// Scripts of ordinary answers in the compatible dialect: plain text, thinking, tools, several
// choices, usage, and one answer as long as answers get.

/// The request member that asks for the usage chunk.
let includingUsage = #","stream_options":{"include_usage":true}"#

extension Script {
  static var chatEnglish: Script {
    var answer = CompatibleAnswer("0f6a2c51-7d1e-9c1f-8a44-2b90c1de5501", created: 1_767_225_601)
    let frames = [
      answer.opening(), answer.content("A proxy"), answer.content(" reads bytes,"),
      answer.content(" not lines: an event may"), answer.content(" end in the next"),
      answer.content(" read."), answer.finish(), CompatibleAnswer.done,
    ]
    return compatible(
      "chat-english", "a short English answer in the compatible dialect.", answer: answer,
      question: "What must a streaming proxy remember?", frames: frames)
  }

  static var chatChineseEmoji: Script {
    var answer = CompatibleAnswer("3b1d9a70-52c8-91aa-b6f7-64e0a7f3d102", created: 1_767_225_662)
    let frames = [
      answer.opening(), answer.content("你好"), answer.content("！我是通义千问"),
      answer.content("，很高兴认识你们一家人👨‍👩‍👧‍👦"),
      answer.content("。𠮷野家、香港🇭🇰、"), answer.content("点赞👍🏽，工程师👩"),
      answer.content("\u{200D}💻也爱e\u{301}mojis"), answer.content("❤️\u{200D}🔥。"),
      answer.finish(), answer.usage(prompt: 11, completion: 34), CompatibleAnswer.done,
    ]
    return compatible(
      "chat-chinese-emoji",
      "Chinese with emoji, flags and joined families, cut inside characters and clusters.",
      answer: answer, question: "你好，请介绍一下自己。", parameters: includingUsage, frames: frames)
  }

  static var thinking: Script {
    var answer = CompatibleAnswer(
      "6e20f7b4-0a3f-9d52-93c5-f81b2e9a4c03", model: "qwen3-max", created: 1_767_225_723)
    let thoughts = ["用户问", "9.11 和 9.9 谁大", "。比较小数部分：", "0.90 > 0.11。"]
    let texts = ["9.9", " 更大，因为", " 0.9 大于 0.11。"]
    var frames = [
      answer.delta(#"{"content":null,"role":"assistant","reasoning_content":""}"#)
    ]
    for thought in thoughts {
      frames.append(answer.delta(#"{"content":null,"reasoning_content":"\#(thought)"}"#))
    }
    for text in texts {
      frames.append(answer.delta(#"{"content":"\#(text)","reasoning_content":null}"#))
    }
    frames += [
      answer.delta(#"{"content":"","reasoning_content":null}"#, finish: #""stop""#),
      answer.usage(
        prompt: 21, completion: 47,
        details: #","completion_tokens_details":{"reasoning_tokens":31}"#),
      CompatibleAnswer.done,
    ]
    return compatible(
      "thinking", "reasoning_content first, then content, each null while the other speaks.",
      answer: answer, question: "9.11 和 9.9 哪个大？",
      parameters: includingUsage + #","enable_thinking":true,"thinking_budget":512"#,
      frames: frames)
  }

  static var usageChunk: Script {
    var answer = CompatibleAnswer("91c7e3d8-4b6f-9e08-a1d2-7c55b0e9f604", created: 1_767_225_784)
    let frames = [
      answer.opening(), answer.content("Forty"), answer.content("-two."), answer.finish(),
      answer.usage(
        prompt: 2_112, completion: 3, details: #","prompt_tokens_details":{"cached_tokens":2048}"#),
      CompatibleAnswer.done,
    ]
    return compatible(
      "usage-chunk", "token counts in a chunk of their own, whose choices are empty.",
      answer: answer, question: "Answer with a number.", parameters: includingUsage,
      frames: frames)
  }

  static var choicesTwo: Script {
    var answer = CompatibleAnswer("c4510b9e-83a7-9f36-8e1b-d20f6a74e105", created: 1_767_225_845)
    let frames = [
      answer.opening(), answer.opening(choice: 1), answer.content("Heads"),
      answer.content("Tails", choice: 1), answer.content(", again", choice: 1),
      answer.content(" it is"), answer.content(".", choice: 1),
      answer.finish("length", choice: 1), answer.content("."), answer.finish(),
      answer.usage(prompt: 14, completion: 9), CompatibleAnswer.done,
    ]
    return compatible(
      "choices-two", "two choices whose chunks alternate and which end differently.",
      answer: answer, question: "Toss a coin.", parameters: includingUsage + #","n":2"#,
      frames: frames)
  }

  static var portalFirstChunkTwice: Script {
    var answer = CompatibleAnswer(
      "d7e8f1a2-19b3-9c4d-9a5e-06f7182b3c06", model: "qwen3-coder-plus", created: 1_767_225_906)
    let opening = answer.opening()
    let first = answer.content("**")
    let frames = [
      opening, first, first, answer.content("Yes"), answer.content("**"),
      answer.content(", it does."), answer.finish(), CompatibleAnswer.done,
    ]
    return compatible(
      "portal-first-chunk-twice",
      "the first content comes twice, in equal chunks, as seen at the portal.",
      answer: answer, question: "Does it stream?", frames: frames)
  }

  static var longAnswer: Script {
    var answer = CompatibleAnswer("e9a0b1c2-3d4e-9f50-8617-28394a5b6c07", created: 1_767_225_967)
    let sentences = [
      "A stream is a promise about order, and about nothing else.",
      "Every byte that the upstream wrote has to arrive, once, in its place.",
      "一个事件可能被切成两半，读取方必须记住前一半。",
      "Code such as `for line in chunk.split(\\\"\\\\n\\\")` forgets the half that came before.",
      "The quiet failures are the dear ones: the answer reads well, and a clause is gone.",
      "缓冲区要有上限，但上限不是丢弃数据的理由。",
    ]
    var frames = [answer.opening()]
    for number in 0..<900 {
      let sentence = sentences[number * 5 % sentences.count]
      frames.append(answer.content("\(number + 1). \(sentence)\\n"))
    }
    frames += [
      answer.finish("length"), answer.usage(prompt: 31, completion: 20_480), CompatibleAnswer.done,
    ]
    return compatible(
      "long-answer", "nine hundred numbered sentences, about 300 KB.", answer: answer,
      question: "Write at length about streams.",
      parameters: includingUsage + #","max_tokens":20480"#, frames: frames)
  }
}
