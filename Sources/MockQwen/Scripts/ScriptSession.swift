// What the scripts share around their frames: the request, the response head, and the places at which the
// body was read. A client's reads mostly end where a frame ends, sometimes take two frames at once and
// sometimes end inside one, or inside a character; `readBorders` does all of that by a fixed rule, so
// every kind occurs without randomness.

import Wire

extension Script {
  /// A script in the compatible dialect. `parameters` are further members of the request's JSON
  /// object, each with a comma before it.
  static func compatible(
    _ name: String, _ summary: String, answer: CompatibleAnswer, question: String,
    parameters: String = "", frames: [String], framing: Session.Framing = .chunked
  ) -> Script {
    let body =
      #"{"model":"\#(answer.model)","messages":[{"role":"user","content":"\#(question)"}],"#
      + #""stream":true\#(parameters)}"#
    let request = Session.Request(
      method: "POST",
      target: "/compatible-mode/v1/chat/completions",
      fields: [
        Field("Accept", "application/json"),
        Field("Content-Type", "application/json"),
        Field("User-Agent", "QwenCode/0.9.1 (linux; x64)"),
        Field("Authorization", "Bearer [redacted]"),
        Field("X-DashScope-CacheControl", "enable"),
        Field("X-DashScope-UserAgent", "QwenCode/0.9.1 (linux; x64)"),
      ],
      body: Array(body.utf8))
    let head = responseHead(answer.identifier, created: answer.created)
    return Script(name, summary, request: request, response: head, frames: frames, framing: framing)
  }

  /// A script in the native dialect; `incremental` is what the request asks for.
  static func native(
    _ name: String, _ summary: String, answer: NativeAnswer, question: String, incremental: Bool,
    frames: [String]
  ) -> Script {
    let body =
      #"{"model":"qwen-plus","input":{"messages":[{"role":"user","content":"\#(question)"}]},"#
      + #""parameters":{"result_format":"message","incremental_output":\#(incremental)}}"#
    let request = Session.Request(
      method: "POST",
      target: "/api/v1/services/aigc/text-generation/generation",
      fields: [
        Field("User-Agent", "dashscope/1.24.6; python/3.12.3; platform/Linux; processor/x86_64"),
        Field("Accept", "text/event-stream"),
        Field("Authorization", "Bearer [redacted]"),
        Field("Content-Type", "application/json"),
        Field("X-Accel-Buffering", "no"),
        Field("X-DashScope-SSE", "enable"),
      ],
      body: Array(body.utf8))
    let head = responseHead(answer.identifier, created: answer.created)
    return Script(name, summary, request: request, response: head, frames: frames)
  }

  /// A script whose body is `frames` in order, received completely.
  private init(
    _ name: String, _ summary: String, request: Session.Request, response: ResponseHead,
    frames: [String], framing: Session.Framing = .chunked
  ) {
    let session = Session(
      name: name, request: request, response: response, framing: framing,
      body: frames.flatMap { Array($0.utf8) }, fragments: readBorders(of: frames),
      ending: .complete)
    self.init(name: name, summary: "Synthetic: \(summary)", session: session)
  }
}

extension Session {
  /// Cuts the body off at byte `end`, as if no more of it had come.
  mutating func stop(at end: Int) {
    let last = fragments.first { $0.end >= end }
    body.removeSubrange(end...)
    fragments.removeAll { $0.end >= end }
    if let last { fragments.append(Fragment(end: end, milliseconds: last.milliseconds)) }
    ending = .truncated
  }
}

/// Milliseconds from the request to the response head.
private let headMilliseconds = 287

/// The response head of a stream, without the fields that frame its body: the delivery adds them.
/// `created` is in seconds since 1970.
private func responseHead(_ identifier: String, created: Int) -> ResponseHead {
  let arrival = created * 1000 + 113
  let varied = "Origin,Access-Control-Request-Method,Access-Control-Request-Headers"
  return ResponseHead(
    status: 200,
    fields: [
      Field("vary", varied),
      Field("x-request-id", identifier),
      Field("x-dashscope-call-gateway", "true"),
      Field("x-dashscope-timeout", "180"),
      Field("content-type", "text/event-stream;charset=UTF-8"),
      Field("req-cost-time", String(headMilliseconds - 9)),
      Field("req-arrive-time", String(arrival)),
      Field("resp-start-time", String(arrival + headMilliseconds - 9)),
      Field("x-envoy-upstream-service-time", String(headMilliseconds - 12)),
      Field("server", "istio-envoy"),
    ])
}

/// The read borders of a body made of `frames`. Of every six frames the third is read together with
/// the fourth, and the fifth in two reads.
func readBorders(of frames: [String]) -> [Session.Fragment] {
  var fragments: [Session.Fragment] = []
  var end = 0
  var milliseconds = headMilliseconds
  for (number, frame) in frames.enumerated() {
    let start = end
    end += frame.utf8.count
    milliseconds += 11 + number * 7 % 23
    if number % 6 == 2, number + 1 < frames.count { continue }
    if number % 6 == 4 {
      fragments.append(
        Session.Fragment(end: start + cut(inside: frame), milliseconds: milliseconds))
      milliseconds += 3
    }
    fragments.append(Session.Fragment(end: end, milliseconds: milliseconds))
  }
  return fragments
}

/// A place inside `frame`, which has two bytes or more: inside its first character that has several
/// bytes in UTF-8, else in its middle.
private func cut(inside frame: String) -> Int {
  let bytes = Array(frame.utf8)
  return bytes.firstIndex { $0 & 0xC0 == 0x80 } ?? bytes.count / 2
}
