// A script of tool calls. DashScope opens a call with its id and name, and then sends arguments in
// deltas whose id is the empty string and whose name is absent, null or empty, by model.

extension Script {
  static var toolsParallel: Script {
    var answer = CompatibleAnswer(
      "f0112233-4455-9667-8899-aabbccddee08", model: "qwen3-coder-plus", created: 1_767_226_028)
    let weather = "call_5c0e7a91d3f24b68a7e1b2"
    let time = "call_e81f40b7c2a94d35960f7d"
    let calls = [
      callDelta(0, id: weather, name: #""name":"get_weather","#, arguments: ""),
      callDelta(0, id: "", name: "", arguments: #"{\"city\": \""#),
      callDelta(0, id: "", name: #""name":null,"#, arguments: #"杭州\", "#),
      callDelta(1, id: time, name: #""name":"get_time","#, arguments: ""),
      callDelta(1, id: "", name: #""name":"","#, arguments: #"{\"zone\":\"Asia/"#),
      callDelta(0, id: "", name: "", arguments: #"\"unit\": \"celsius\"}"#),
      callDelta(1, id: "", name: "", arguments: #"Shanghai\"}"#),
      callDelta(1, id: "", name: #""name":"","#, arguments: ""),
    ]
    var frames = [answer.delta(#"{"content":null,"role":"assistant",\#(calls[0])}"#)]
    for call in calls.dropFirst() { frames.append(answer.delta("{\(call)}")) }
    frames += [
      answer.finish("tool_calls"), answer.usage(prompt: 243, completion: 44),
      CompatibleAnswer.done,
    ]
    return compatible(
      "tools-parallel", "two calls whose arguments alternate, with empty ids and names.",
      answer: answer, question: "杭州现在几点，天气如何？",
      parameters: includingUsage + toolParameters, frames: frames)
  }
}

/// The member of a delta that holds one piece of one call; `arguments` is the inside of a JSON string,
/// `name` a member followed by a comma, or empty.
private func callDelta(_ index: Int, id: String, name: String, arguments: String) -> String {
  #""tool_calls":[{"index":\#(index),"id":"\#(id)","type":"function","#
    + #""function":{\#(name)"arguments":"\#(arguments)"}}]"#
}

/// The request members that offer both tools.
private let toolParameters =
  #","parallel_tool_calls":true,"tools":["#
  + [("get_weather", "city"), ("get_time", "zone")].map { name, argument in
    #"{"type":"function","function":{"name":"\#(name)","parameters":{"type":"object","#
      + #""properties":{"\#(argument)":{"type":"string"}},"required":["\#(argument)"]}}}"#
  }.joined(separator: ",") + "]"
