// The frames of DashScope's compatible mode: one `data: ` line with a space, a blank line, a JSON chunk
// in OpenAI's format. The JSON is assembled as text, not encoded, because its exact bytes matter: the
// server orders a choice's keys differently from chunk to chunk, writes `usage:null` on all chunks but
// one, and escapes some characters and not others. A caller passes each delta as JSON text.

/// Writes the frames of one compatible-mode answer, in order.
struct CompatibleAnswer {
  /// The request's id, a UUID; the chunks repeat it after `chatcmpl-`.
  var identifier: String
  var model = "qwen-plus"
  /// When the answer began, in seconds since 1970.
  var created: Int
  /// How many choices were written; the order of a choice's keys rotates with it.
  private var choicesWritten = 0

  init(_ identifier: String, model: String = "qwen-plus", created: Int) {
    self.identifier = identifier
    self.model = model
    self.created = created
  }

  /// The frame that ends every answer of this dialect.
  static let done = "data: [DONE]\n\n"

  /// The first frame: the role, and content that is still empty.
  mutating func opening(choice index: Int = 0) -> String {
    delta(#"{"content":"","role":"assistant"}"#, choice: index)
  }

  /// A frame with a piece of the answer; `text` is the inside of a JSON string.
  mutating func content(_ text: String, choice index: Int = 0) -> String {
    delta(#"{"content":"\#(text)"}"#, choice: index)
  }

  /// The frame with the finish reason and without text.
  mutating func finish(_ reason: String = "stop", choice index: Int = 0) -> String {
    delta(#"{"content":""}"#, finish: #""\#(reason)""#, choice: index)
  }

  /// A frame with any delta; `delta` and `finish` are JSON values.
  mutating func delta(_ delta: String, finish: String = "null", choice index: Int = 0) -> String {
    "data: \(chunk(delta, finish: finish, choice: index))\n\n"
  }

  /// The frame with the token counts and no choice; sent only when the request asks for it.
  func usage(prompt: Int, completion: Int, details: String = "") -> String {
    let counts = #""prompt_tokens":\#(prompt),"completion_tokens":\#(completion)"#
    let total = #""total_tokens":\#(prompt + completion)"#
    return "data: \(envelope(choices: "", usage: "{\(counts),\(total)\(details)}"))\n\n"
  }

  /// The JSON of a chunk without its frame, for scripts that frame it in their own way.
  mutating func chunk(_ delta: String, finish: String = "null", choice index: Int = 0) -> String {
    let pairs = [
      #""delta":\#(delta)"#, #""index":\#(index)"#, #""logprobs":null"#,
      #""finish_reason":\#(finish)"#,
    ]
    let orders = [[0, 1, 2, 3], [3, 2, 0, 1], [0, 3, 1, 2], [3, 0, 1, 2]]
    let order = orders[choicesWritten % orders.count]
    choicesWritten += 1
    return envelope(choices: "{" + order.map { pairs[$0] }.joined(separator: ",") + "}")
  }

  /// A chunk around the JSON of its choices.
  func envelope(choices: String, usage: String = "null") -> String {
    #"{"choices":[\#(choices)],"object":"chat.completion.chunk","usage":\#(usage),"#
      + #""created":\#(created),"system_fingerprint":null,"model":"\#(model)","#
      + #""id":"chatcmpl-\#(identifier)"}"#
  }
}
