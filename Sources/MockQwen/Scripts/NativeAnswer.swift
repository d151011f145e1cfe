// The frames of DashScope's native protocol: `id`, `event`, the HTTP status as a comment line, then
// `data`, none of them with a space after the colon. Every frame carries the usage so far, the finish
// reason is the string "null" until it is "stop", and no `[DONE]` follows.

/// Writes the frames of one native answer, in order.
struct NativeAnswer {
  /// The request's id, a UUID.
  var identifier: String
  /// When the answer began, in seconds since 1970.
  var created: Int
  var inputTokens: Int
  /// The id of the last frame; a script may raise it, because ids may have gaps.
  var lastNumber = 0

  init(_ identifier: String, created: Int, inputTokens: Int) {
    self.identifier = identifier
    self.created = created
    self.inputTokens = inputTokens
  }

  /// A frame with text: a piece of the answer or the answer so far, as the request asks. `text` is
  /// the inside of a JSON string.
  mutating func result(_ text: String, finish: String = "null", outputTokens: Int) -> String {
    let pairs = [
      #""message":{"content":"\#(text)","role":"assistant"}"#, #""finish_reason":"\#(finish)""#,
    ]
    let choice = (lastNumber.isMultiple(of: 2) ? pairs : pairs.reversed()).joined(separator: ",")
    let usage =
      #"{"total_tokens":\#(inputTokens + outputTokens),"output_tokens":\#(outputTokens),"#
      + #""input_tokens":\#(inputTokens),"prompt_tokens_details":{"cached_tokens":0}}"#
    let data =
      #"{"output":{"choices":[{\#(choice)}]},"usage":\#(usage),"request_id":"\#(identifier)"}"#
    return frame("result", status: 200, data: data)
  }

  /// The frame of an error that came after the answer had begun.
  mutating func error(status: Int, code: String, message: String) -> String {
    let data =
      #"{"request_id":"\#(identifier)","code":"\#(code)","message":"\#(message)"}"#
    return frame("error", status: status, data: data)
  }

  private mutating func frame(_ event: String, status: Int, data: String) -> String {
    lastNumber += 1
    return "id:\(lastNumber)\nevent:\(event)\n:HTTP_STATUS/\(status)\ndata:\(data)\n\n"
  }
}
