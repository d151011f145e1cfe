"""Clients that nobody here wrote, before `replay proxy` or `replay record` with `replay mock` behind it.

Usage: clients.py KIND BASE-URL RECORDING… [--cut RECORDING…] [--refused RECORDING…]

KIND is openai or httpx. What a client makes of each recording must be what the recording holds; one
whose answer is cut must raise an error, and one that is refused (401) must raise that. Prints a line
for each, and exits with 1 when one is not as it must be.
"""

import base64
import json
import os
import ssl
import sys

QUESTION = {"model": "qwen-plus", "messages": [{"role": "user", "content": "Hello"}]}


def body_of(path):
    """The bytes of the body that a recording holds."""
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    pieces = [line for line in lines[1:] if "text" in line or "base64" in line]
    return b"".join(
        piece["text"].encode() if "text" in piece else base64.b64decode(piece["base64"])
        for piece in pieces
    )


def chunks_of(body):
    """The JSON of the events of a body, by the plainest reading of the standard."""
    text = body.decode().replace("\r\n", "\n").replace("\r", "\n")
    for block in text.split("\n\n"):
        data = [line[5:].removeprefix(" ") for line in block.split("\n") if line.startswith("data:")]
        if data and data[0] != "[DONE]":
            yield json.loads("\n".join(data))


def sum_of(chunks):
    """What an answer says: text, reasoning, tool calls and end of each choice, and the usage."""
    choices, usage = {}, None
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk.get("choices") or []:
            known = choices.setdefault(
                choice["index"], {"content": "", "reasoning": "", "tools": {}, "finish": None}
            )
            delta = choice.get("delta") or {}
            known["content"] += delta.get("content") or ""
            known["reasoning"] += delta.get("reasoning_content") or ""
            known["finish"] = choice.get("finish_reason") or known["finish"]
            for call in delta.get("tool_calls") or []:
                tool = known["tools"].setdefault(call["index"], {"id": "", "name": "", "input": ""})
                function = call.get("function") or {}
                tool["id"] = tool["id"] or call.get("id") or ""
                tool["name"] += function.get("name") or ""
                tool["input"] += function.get("arguments") or ""
    tokens = ["prompt_tokens", "completion_tokens", "total_tokens"]
    return choices, usage and {name: usage.get(name) for name in tokens}


class OpenAIClient:
    def __init__(self, base):
        import openai

        self.client = openai.OpenAI(base_url=base, api_key="any", max_retries=0, timeout=20)
        self.errors = (openai.APIError, *HttpxClient.kinds())

    def ask(self, name):
        stream = self.client.chat.completions.create(
            **QUESTION, stream=True, extra_headers={"X-Replay-Recording": name}
        )
        return sum_of(chunk.model_dump() for chunk in stream)

    def expected(self, body):
        return sum_of(chunks_of(body))


class HttpxClient:
    @staticmethod
    def kinds():
        import httpx

        return (httpx.HTTPError,)

    def __init__(self, base):
        import httpx

        # Only who is to be trusted is taken from the environment.
        own = os.environ.get("SSL_CERT_FILE")
        verify = ssl.create_default_context(cafile=own) if own else True
        self.client = httpx.Client(base_url=base, timeout=20, trust_env=False, verify=verify)
        self.errors = self.kinds()

    def ask(self, name):
        fields = {"X-Replay-Recording": name, "Authorization": "Bearer any"}
        question = QUESTION | {"stream": True}
        with self.client.stream(
            "POST", "chat/completions", json=question, headers=fields
        ) as response:
            received = b"".join(response.iter_raw())
            response.raise_for_status()
        return received

    def expected(self, body):
        return body


def main():
    kind, base, *paths = sys.argv[1:]
    client = {"openai": OpenAIClient, "httpx": HttpxClient}[kind](base.rstrip("/") + "/")
    failures, manner = 0, "equal"
    for path in paths:
        if path.startswith("--"):
            manner = path[2:]
            continue
        name = os.path.basename(path).removesuffix(".jsonl")
        try:
            received, error = client.ask(name), None
        except client.errors as caught:
            received, error = None, caught
        if manner == "equal":
            held = error is None and received == client.expected(body_of(path))
            said = "as recorded" if held else f"NOT AS RECORDED: {error or received!r}"
        elif manner == "refused":
            status = getattr(error, "status_code", None) or getattr(
                getattr(error, "response", None), "status_code", None
            )
            held = status == 401
            said = f"refused with {status}" if held else f"NOT REFUSED WITH 401: {error!r}"
        else:
            # Who never had a connection was not cut.
            reasons = [type(reason).__name__ for reason in (error, getattr(error, "__cause__", None))]
            held = error is not None and "ConnectError" not in reasons
            said = f"raised {type(error).__name__}" if held else f"A CUT WENT UNNOTICED: {received!r}"
        failures += not held
        print(f"  {kind} {name}: {said}")
    sys.exit(1 if failures else 0)


main()
