// Scripts in the native dialect, and the errors in frames of this dialect that DashScope sends inside a
// stream with status 200, also in compatible mode.

extension Script {
  static var nativeIncremental: Script {
    var answer = NativeAnswer(
      "1a2b3c4d-5e6f-9a7b-8c9d-0e1f2a3b4c09", created: 1_767_226_089, inputTokens: 26)
    let frames = [
      answer.result("I am", outputTokens: 1), answer.result(" Qwen,", outputTokens: 3),
      answer.result(" 阿里云", outputTokens: 6), answer.result("的大模型", outputTokens: 9),
      answer.result("🤖。", outputTokens: 11), answer.result("", finish: "stop", outputTokens: 11),
    ]
    return native(
      "native-incremental", "each frame holds only what is new; usage in all, no [DONE].",
      answer: answer, question: "Who are you?", incremental: true, frames: frames)
  }

  static var nativeCumulative: Script {
    var answer = NativeAnswer(
      "2b3c4d5e-6f70-9b8c-9dae-1f2a3b4c5d10", created: 1_767_226_150, inputTokens: 26)
    var frames: [String] = []
    var text = ""
    for (number, piece) in ["春眠", "不觉晓", "，处处", "闻啼鸟", "。"].enumerated() {
      text += piece
      frames.append(answer.result(text, outputTokens: 2 * number + 2))
      if number == 2 { answer.lastNumber += 2 }
    }
    frames.append(answer.result(text, finish: "stop", outputTokens: 10))
    return native(
      "native-cumulative", "each frame repeats the answer so far; the ids skip two.",
      answer: answer, question: "背一首诗。", incremental: false, frames: frames)
  }

  static var nativeError429: Script {
    var answer = NativeAnswer(
      "3c4d5e6f-7081-9c9d-8ebf-2a3b4c5d6e11", created: 1_767_226_211, inputTokens: 18)
    let frames = [
      answer.result("The first", outputTokens: 2), answer.result(" of three", outputTokens: 4),
      answer.error(status: 429, code: "Throttling.AllocationQuota", message: quotaMessage),
    ]
    return native(
      "native-error-429", "a 200 whose third frame is the error 429, and then nothing.",
      answer: answer, question: "List three reasons.", incremental: true, frames: frames)
  }

  static var compatibleError429: Script {
    var answer = CompatibleAnswer("4d5e6f70-8192-9dae-9fc0-3b4c5d6e7f12", created: 1_767_226_272)
    var failure = NativeAnswer(answer.identifier, created: answer.created, inputTokens: 0)
    let frames = [
      answer.opening(), answer.content("Let me"), answer.content(" think"),
      failure.error(status: 429, code: "Throttling.AllocationQuota", message: quotaMessage),
    ]
    return compatible(
      "compatible-error-429", "a compatible stream that ends in a native error frame, id 1.",
      answer: answer, question: "Think aloud.", frames: frames)
  }
}

/// The message that comes with `Throttling.AllocationQuota`.
private let quotaMessage = "Allocated quota exceeded, please increase your quota limit."
