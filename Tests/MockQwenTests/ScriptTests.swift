// The scripts are the harness's first test data, so what is claimed of them is checked: they are
// valid JSON in valid frames save where a script is about something else, their read borders cover
// the body, and they keep to what DashScope was seen to send.

import Foundation
import MockQwen
import Testing
import Wire

@Suite struct ScriptTests {
  static let required = [
    "chat-english", "chat-chinese-emoji", "thinking", "tools-parallel", "usage-chunk",
    "choices-two", "native-incremental", "native-cumulative", "native-error-429", "keep-alives",
    "crlf-lines", "cr-and-mixed-lines", "long-answer", "close-delimited", "content-length",
    "truncated", "unterminated-end", "hostile-text", "finish-variants", "multi-line-data",
  ]

  @Test func haveUniqueNamesInKebabCaseAndEveryScenario() {
    let names = Script.all.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(Set(Self.required).subtracting(names).isEmpty)
    for script in Script.all {
      let allowed = "abcdefghijklmnopqrstuvwxyz0123456789-"
      #expect(script.name.allSatisfy { allowed.contains($0) })
      #expect(script.session.name == script.name)
      #expect(script.summary.hasPrefix("Synthetic: "))
      #expect(!script.summary.contains("\n"))
    }
  }

  @Test(arguments: Script.all) func areSmallSaveTheLongOne(_ script: Script) {
    let expected = script.name == "long-answer" ? 290_000..<310_000 : 400..<6_000
    #expect(expected.contains(script.session.body.count), "\(script.session.body.count)")
  }

  @Test(arguments: Script.all) func haveReadBordersThatCoverTheBody(_ script: Script) {
    let fragments = script.session.fragments
    #expect(fragments.last?.end == script.session.body.count)
    for (one, next) in zip(fragments, fragments.dropFirst()) {
      #expect(one.end < next.end)
      #expect(one.milliseconds <= next.milliseconds)
    }
    #expect((fragments.first?.end ?? 0) > 0)
    #expect((fragments.first?.milliseconds ?? 0) > 0)
  }

  @Test func areReadInsideCharactersToo() throws {
    let session = try session("chat-chinese-emoji")
    let isCut = session.fragments.dropLast().contains { session.body[$0.end] & 0xC0 == 0x80 }
    #expect(isCut)
  }

  @Test(arguments: Script.all) func leaveFramingToTheDelivery(_ script: Script) {
    let framing = ["transfer-encoding", "content-length", "connection", "keep-alive", "trailer"]
    for name in framing {
      #expect(script.session.response.fields[name] == nil)
      #expect(script.session.request.fields[name] == nil)
    }
  }

  @Test(arguments: Script.all) func answerARealRequest(_ script: Script) throws {
    let request = script.session.request
    let body = try #require(object(request.body))
    #expect(request.method == "POST")
    #expect(request.fields["authorization"] == "Bearer [redacted]")
    #expect(request.fields["user-agent"] != nil)
    #expect(request.fields["content-type"] == "application/json")
    #expect(body["model"] is String)
    #expect(script.session.response.status == 200)
    #expect(script.session.response.fields["content-type"] == "text/event-stream;charset=UTF-8")
    #expect(script.session.response.fields["server"] == "istio-envoy")
    if isNative(script) {
      #expect(request.target == "/api/v1/services/aigc/text-generation/generation")
      #expect(request.fields["x-dashscope-sse"] == "enable")
      #expect(body["stream"] == nil)
    } else {
      #expect(request.target == "/compatible-mode/v1/chat/completions")
      #expect(body["stream"] as? Bool == true)
      let sendsUsage = payloads(script).contains { $0.contains(#""choices":[],"#) }
      #expect((body["stream_options"] != nil) == sendsUsage)
    }
  }

  /// Payloads that are not JSON, by script.
  static let otherPayloads: [String: [String]] = ["multi-line-data": ["", "\n"]]

  @Test(arguments: Script.all) func holdJSONInEveryEvent(_ script: Script) {
    var others: [String] = []
    for payload in payloads(script) where payload != "[DONE]" {
      if object(Array(payload.utf8)) == nil { others.append(payload) }
    }
    #expect(others == Self.otherPayloads[script.name] ?? [])
  }

  @Test(arguments: Script.all.filter { !isNative($0) })
  func openWithTheRoleAndEndWithDone(_ script: Script) throws {
    let objects = payloads(script).compactMap { object(Array($0.utf8)) }
    let choices = try #require(objects.first?["choices"] as? [[String: Any]])
    let delta = try #require(choices.first?["delta"] as? [String: Any])
    #expect(delta["role"] as? String == "assistant")
    #expect(delta["content"] is NSNull || delta["content"] as? String == "")
    let endings = ["compatible-error-429", "finish-variants", "truncated"]
    let body = String(decoding: script.session.body, as: UTF8.self)
    #expect(body.contains("data: [DONE]") == !endings.contains(script.name))
  }

  @Test(arguments: Script.all.filter { isNative($0) })
  func haveNativeFramesWithoutSpaceAndDone(_ script: Script) {
    let body = String(decoding: script.session.body, as: UTF8.self)
    #expect(!body.contains("[DONE]"))
    for frame in body.split(separator: "\n\n") {
      let lines = frame.split(separator: "\n")
      #expect(lines.count == 4)
      #expect(lines[0].hasPrefix("id:"))
      #expect(lines[1] == "event:result" || lines[1] == "event:error")
      #expect(lines[2].hasPrefix(":HTTP_STATUS/"))
      #expect(lines[3].hasPrefix("data:{"))
    }
  }

  @Test(arguments: [
    ("native-error-429", "id:3\nevent:error\n:HTTP_STATUS/429\ndata:{\"request_id\":"),
    ("compatible-error-429", "id:1\nevent:error\n:HTTP_STATUS/429\ndata:{\"request_id\":"),
    ("tools-parallel", #""index":1,"id":"","type":"function","function":{"name":"","arguments":"#),
    ("hostile-text", #"\u4f60"#), ("hostile-text", #"\ud83d\ude00"#),
    ("hostile-text", "\u{2028}"), ("hostile-text", "9007199254740993"),
    ("finish-variants", #""finish_reason":"""#), ("crlf-lines", "\r\n\r\n"),
    ("cr-and-mixed-lines", "\r\r"), ("keep-alives", "\n\n:\n\n"),
    ("native-cumulative", #""finish_reason":"null""#),
  ])
  func holdTheirTriggers(_ name: String, _ trigger: String) throws {
    let body = try session(name).body
    #expect(contains(body, Array(trigger.utf8)))
  }

  @Test func endAsTheySay() throws {
    #expect(try session("close-delimited").framing == .close)
    #expect(try session("content-length").framing == .length)
    let truncated = try session("truncated")
    #expect(truncated.ending == .truncated)
    #expect(String(bytes: truncated.body, encoding: .utf8) == nil)
    #expect(try session("unterminated-end").body.suffix(7).elementsEqual("[DONE]\n".utf8))
    #expect(try session("unterminated-line").body.last == UInt8(ascii: "}"))
    #expect(try session("crlf-lines").body.count { $0 == 0x0A } > 0)
    #expect(try session("cr-and-mixed-lines").body.starts(with: [0xEF, 0xBB, 0xBF]))
    let others = Script.all.filter { $0.name != "truncated" }
    #expect(others.allSatisfy { $0.session.ending == .complete })
  }

  @Test func everyLineEndOfTheCRLFScriptIsBoth() throws {
    let body = try session("crlf-lines").body
    for (index, byte) in body.enumerated() where byte == 0x0A || byte == 0x0D {
      #expect(byte == 0x0A ? body[index - 1] == 0x0D : body[index + 1] == 0x0A)
    }
  }
}

private func isNative(_ script: Script) -> Bool {
  script.session.request.target.hasPrefix("/api/v1/services/")
}

private func session(_ name: String) throws -> Session {
  try #require(Script.all.first { $0.name == name }).session
}

private func object(_ bytes: [UInt8]) -> [String: Any]? {
  (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any]
}

private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
  bytes.indices.contains { bytes[$0...].starts(with: part) }
}

/// The data of each event, plainly: all line ends are made LF first. An unfinished event is left out
/// when the body was cut, and taken when only its blank line is missing.
private func payloads(_ script: Script) -> [String] {
  var text = String(decoding: script.session.body, as: UTF8.self)
    .replacingOccurrences(of: "\r\n", with: "\n").replacingOccurrences(of: "\r", with: "\n")
  if text.utf8.starts(with: [0xEF, 0xBB, 0xBF]) { text.unicodeScalars.removeFirst() }
  if script.session.ending == .complete { text += "\n\n" }
  var payloads: [String] = []
  var data: [Substring] = []
  for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
    if line.utf8.isEmpty {
      if !data.isEmpty { payloads.append(data.joined(separator: "\n")) }
      data = []
    } else if line == "data" {
      data.append("")
    } else if line.hasPrefix("data:") {
      let value = line.dropFirst("data:".count)
      data.append(value.hasPrefix(" ") ? value.dropFirst() : value)
    }
  }
  return payloads
}
