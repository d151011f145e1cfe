// The streams of `JoinedShape.servers`, piece by piece.

extension JoinedShape {
  /// By the name of the shape.
  static let streams: [String: [String]] =
    [
      "both": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "#
          + #""Hel"}, "finish_reason": null, "message": {"role": "assistant", "content": "Hel"}}"#
          + #"]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"content": "lo"}, "#
          + #""finish_reason": "stop", "message": {"role": "assistant", "content": "Hello"}}]}"#
          + "\n\n",
        #"data: [DONE]"# + "\n\n",
      ],
      "choices2": [
        #"data: {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 1, "#
          + #""delta": {"content": "B1"}, "finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "#
          + #""delta": {"content": "A1"}, "finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 1, "#
          + #""delta": {"content": "B2"}, "finish_reason": "stop"}]}"# + "\n\n",
        #"data: {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "#
          + #""delta": {"content": "A2"}, "finish_reason": "stop"}]}"# + "\n\n",
        #"data: [DONE]"# + "\n\n",
      ],
      "donespace": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "#
          + #""Hel"}, "finish_reason": "stop"}]}"# + "\n\n",
        #"data: [DONE] "# + "\n\n",
      ],
      "eventerr": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "#
          + #""Hel"}, "finish_reason": null}]}"# + "\n\n",
        #"event: error"# + "\n",
        #"data: {"code":"Throttling","message":"limit","request_id":"r"}"# + "\n\n",
      ],
      "finalmessage": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "#
          + #""Hello"}, "finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "choices": [{"index": 0, "#
          + #""message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}]}"#
          + "\n\n",
        #"data: [DONE]"# + "\n\n",
      ],
      "idrepeat": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "#
          + #""a1", "type": "function", "function": {"name": "f", "arguments": "{\"a\":"}}]}, "#
          + #""finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "#
          + #""a1", "type": "function", "function": {"name": "f", "arguments": "1}"}}]}, "#
          + #""finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]"#
          + #"}"# + "\n\n",
        #"data: [DONE]"# + "\n\n",
      ],
      "llamaerr": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "#
          + #""Hel"}, "finish_reason": null}]}"# + "\n\n",
        #"error: {"code":400,"message":"the request exceeds the available context size","#
          + #""type":"invalid_request_error"}"# + "\n\n",
        #"data: [DONE]"# + "\n\n",
      ],
      "logprobs": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"content": "A"}, "finish_reason": "#
          + #"null, "logprobs": {"content": [{"token": "A", "logprob": -0.1, "bytes": [65], "#
          + #""top_logprobs": []}]}}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"content": "B"}, "finish_reason": "#
          + #""stop", "logprobs": {"content": [{"token": "B", "logprob": -0.2, "bytes": [66], "#
          + #""top_logprobs": []}]}}]}"# + "\n\n",
        #"data: [DONE]"# + "\n\n",
      ],
      "native": [
        #"data: {"output": {"choices": [{"message": {"role": "assistant", "content": "Hel"},"#
          + #" "finish_reason": "null"}]}, "usage": {"total_tokens": 1}, "request_id": "r"}"#
          + "\n\n",
        #"data: {"output": {"choices": [{"message": {"role": "assistant", "content": "lo"}, "#
          + #""finish_reason": "stop"}]}, "usage": {"total_tokens": 2}, "request_id": "r"}"#
          + "\n\n",
      ],
      "nativeerr": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "#
          + #""Hel"}, "finish_reason": null}]}"# + "\n\n",
        #"id:1"# + "\n",
        #"event:error"# + "\n",
        #":HTTP_STATUS/429"# + "\n",
        #"data:{"code":"Throttling.RateQuota","message":"limit","request_id":"r"}"# + "\n\n",
      ],
      "nofinish": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "#
          + #""Hel"}, "finish_reason": null}]}"# + "\n\n"
      ],
      "noindex": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "#
          + #"""}, "finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"tool_calls": [{"id": "a1", "#
          + #""function": {"name": "get_weather", "arguments": "{\"city\":\"Paris\"}"}}]}, "#
          + #""finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"tool_calls": [{"id": "b2", "#
          + #""function": {"name": "get_time", "arguments": "{\"tz\":\"CET\"}"}}]}, "#
          + #""finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]"#
          + #"}"# + "\n\n",
        #"data: [DONE]"# + "\n\n",
      ],
      "noindex1": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"role": "assistant", "#
          + #""tool_calls": [{"id": "a1", "function": {"name": "get_weather", "arguments": "{"#
          + #"\"city\":\"Paris\"}"}}, {"id": "b2", "function": {"name": "get_time", "#
          + #""arguments": "{\"tz\":\"CET\"}"}}]}, "finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]"#
          + #"}"# + "\n\n",
        #"data: [DONE]"# + "\n\n",
      ],
      "nullindex": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"role": "assistant", "#
          + #""tool_calls": [{"index": null, "id": "a1", "function": {"name": "get_weather", "#
          + #""arguments": "{\"city\":\"Paris\"}"}}, {"index": null, "id": "b2", "function": {"#
          + #""name": "get_time", "arguments": "{\"tz\":\"CET\"}"}}]}, "finish_reason": null}]}"#
          + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]"#
          + #"}"# + "\n\n",
        #"data: [DONE]"# + "\n\n",
      ],
      "omni": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"role": "assistant", "audio": {"#
          + #""transcript": "Hel"}}, "finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"audio": {"transcript": "lo"}}, "#
          + #""finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"audio": {"data": "UklGRg==", "#
          + #""expires_at": 1}}, "finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"audio": {"data": "AAAAAA==", "#
          + #""expires_at": 1}}, "finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}"#
          + "\n\n",
        #"data: [DONE]"# + "\n\n",
      ],
      "ping": [
        #"event: ping"# + "\n",
        #"data: {"type":"ping"}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "#
          + #""Hel"}, "finish_reason": null}]}"# + "\n\n",
        #"data: "# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"content": "lo"}, "#
          + #""finish_reason": "stop"}]}"# + "\n\n",
        #"data: [DONE]"# + "\n\n",
      ],
      "pingtext": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "#
          + #""Hel"}, "finish_reason": null}]}"# + "\n\n",
        #"data: ping"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"content": "lo"}, "#
          + #""finish_reason": "stop"}]}"# + "\n\n",
        #"data: [DONE]"# + "\n\n",
      ],
      "sameindex": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "#
          + #""a1", "type": "function", "function": {"name": "get_weather", "arguments": ""}}]},"#
          + #" "finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "#
          + #""", "function": {"name": "", "arguments": "{\"city\":\"Paris\"}"}}]}, "#
          + #""finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "#
          + #""b2", "type": "function", "function": {"name": "get_time", "arguments": ""}}]}, "#
          + #""finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "#
          + #""function": {"arguments": "{\"tz\":\"CET\"}"}}]}, "finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]"#
          + #"}"# + "\n\n",
        #"data: [DONE]"# + "\n\n",
      ],
      "thinking": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"role": "assistant", "thinking": "#
          + #""Let "}, "finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"thinking": "me"}, "#
          + #""finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"content": "ok"}, "#
          + #""finish_reason": "stop"}]}"# + "\n\n",
        #"data: [DONE]"# + "\n\n",
      ],
      "usage": [
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "#
          + #""Hi"}, "finish_reason": null}]}"# + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "#
          + #""qwen-plus", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}"#
          + "\n\n",
        #"data: {"id": "c1", "object": "chat.completion.chunk", "choices": [], "usage": {"#
          + #""prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}"# + "\n\n",
        #"data: [DONE]"# + "\n\n",
      ],
    ]
}
