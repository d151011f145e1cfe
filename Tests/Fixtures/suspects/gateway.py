"""Small streaming gateways on asyncio, each with one bug as it was reported in public.

python3 gateway.py BUG    listens on PORT, asks OPENAI_BASE_URL; BUG is a name in BUGS, or none.
python3 gateway.py --list prints every name with the bug class that it is.
"""

import asyncio
import json
import os
import re
import sys
from urllib.parse import urlparse

UPSTREAM = urlparse(os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:1/v1"))
HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
       "upgrade", "content-length"}
BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r")


class Cut(Exception):
    """The upstream's answer ended before it was complete."""


async def read_head(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head[:-4].split("\r\n")
    return first, [tuple(part.strip() for part in line.split(":", 1)) for line in lines]


async def body_of(reader, fields):
    """The pieces of a response body as the socket brings them."""
    if "chunked" in fields.get("transfer-encoding", "").lower():
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            while size:
                piece = await reader.read(size)
                if not piece:
                    raise Cut()
                size -= len(piece)
                yield piece
            await reader.readuntil(b"\r\n")
        while await reader.readuntil(b"\r\n") != b"\r\n":
            pass
        return
    left = int(fields.get("content-length", -1))
    while left:
        piece = await reader.read(65536 if left < 0 else left)
        if not piece:
            if left > 0:
                raise Cut()
            return
        left -= len(piece) if left > 0 else 0
        yield piece


class Gateway:
    """Passes everything on; a bug overrides what it gets wrong."""

    answers_first = False  # whether the client's head goes out before the upstream's has come

    def is_stream(self, content_type):
        return content_type.split(";")[0].strip().lower() == "text/event-stream"

    def feed(self, piece):
        return piece

    def end(self):
        return b""


class Chunks(Gateway):
    """Looks into each event that is one line of JSON, and passes all others as they are."""

    def __init__(self):
        self.buffer = b""

    def feed(self, piece):
        self.buffer += piece
        out = b""
        while found := BLANK_LINE.search(self.buffer):
            event, self.buffer = self.buffer[: found.end()], self.buffer[found.end():]
            out += self.event(event)
        return out

    def event(self, event):
        line = event.strip()
        if not line.startswith(b"data:") or b"\n" in line or b"\r" in line:
            return event
        try:
            chunk = json.loads(line[5:])
        except ValueError:
            return event
        if not isinstance(chunk, dict) or "choices" not in chunk:
            return event
        return self.chunk(chunk, event)

    def written(self, chunk):
        text = json.dumps(chunk, ensure_ascii=False, separators=(",", ":"))
        return b"data: " + text.encode() + b"\n\n"

    def end(self):
        return self.buffer


class CountsTokens(Chunks):
    # text = chunk.choices[0].delta.content: the last chunk has no choices
    def __init__(self):
        super().__init__()
        self.count = 0

    def chunk(self, chunk, event):
        self.count += len(chunk["choices"][0].get("delta", {}).get("content") or "")
        return event


class TypedChunk(Chunks):
    # return ChatCompletionChunk(**chunk).model_dump_json(): the model knows these
    KNOWN = {"id", "object", "created", "model", "choices", "usage"}
    KNOWN_DELTA = {"role", "content", "tool_calls", "reasoning_content"}

    def chunk(self, chunk, event):
        kept = {name: value for name, value in chunk.items() if name in self.KNOWN}
        for choice in kept["choices"]:
            if isinstance(choice.get("delta"), dict):
                choice["delta"] = {
                    n: v for n, v in choice["delta"].items() if n in self.KNOWN_DELTA}
        return event if kept == chunk else self.written(kept)


class ExactContentType(Gateway):
    # if response.headers["content-type"] == "text/event-stream": stream it, else return what was read
    def is_stream(self, content_type):
        return content_type == "text/event-stream"


class CurrentCall(Chunks):
    # a new id begins a call, everything else belongs to the call that was begun last
    def __init__(self):
        super().__init__()
        self.calls = -1

    def chunk(self, chunk, event):
        changed = False
        for choice in chunk["choices"]:
            for call in (choice.get("delta") or {}).get("tool_calls") or []:
                self.calls += 1 if call.get("id") else 0
                if call.get("index") != self.calls:
                    call["index"], changed = self.calls, True
        return self.written(chunk) if changed else event


class StreamingResponse(Gateway):
    # return StreamingResponse(ask_upstream()): the status is sent before the upstream is asked
    answers_first = True


BUGS = {
    "none": (Gateway, None),
    "counts-tokens": (CountsTokens, "usage-chunk-crash"),
    "typed-chunk": (TypedChunk, "unknown-field-stripped"),
    "exact-content-type": (ExactContentType, "content-type-params"),
    "current-call": (CurrentCall, "tool-interleaved-merge"),
    "streaming-response": (StreamingResponse, "pre-stream-error-as-200"),
}


async def relay(gateway, writer, first, fields, request):
    async def send(data):
        if data:
            writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            await writer.drain()

    def begin(status, kept):
        lines = [f"HTTP/1.1 {status}"] + [f"{name}: {value}" for name, value in kept]
        lines += ["Transfer-Encoding: chunked", "Connection: close"]
        writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")

    if gateway.answers_first:
        begin("200 OK", [("Content-Type", "text/event-stream; charset=utf-8")])
    reader, upstream = await asyncio.open_connection(UPSTREAM.hostname, UPSTREAM.port)
    try:
        lines = [first] + [f"{n}: {v}" for n, v in fields if n.lower() not in HOP | {"host"}]
        lines += [f"Host: {UPSTREAM.netloc}", f"Content-Length: {len(request)}", "Connection: close"]
        upstream.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + request)
        line, answer = await read_head(reader)
        while line.split()[1].startswith("1"):
            line, answer = await read_head(reader)
        names = {name.lower(): value for name, value in answer}
        hop = HOP | {part.strip().lower() for part in names.get("connection", "").split(",")}
        if not gateway.answers_first:
            begin(line.split(" ", 1)[1], [f for f in answer if f[0].lower() not in hop])
        if gateway.is_stream(names.get("content-type", "")):
            async for piece in body_of(reader, names):
                await send(gateway.feed(piece))
            await send(gateway.end())
        else:
            await send(b"".join([piece async for piece in body_of(reader, names)]))
        writer.write(b"0\r\n\r\n")
        await writer.drain()
    finally:
        upstream.close()


async def serve(reader, writer, bug):
    try:
        first, fields = await read_head(reader)
        names = {name.lower(): value for name, value in fields}
        request = await reader.readexactly(int(names.get("content-length", 0)))
        await relay(bug(), writer, first, fields, request)
        writer.close()
    except (OSError, EOFError, Cut):
        writer.transport.abort()
    except Exception:
        writer.transport.abort()
        raise


async def main():
    if sys.argv[1:] == ["--list"]:
        for name, (_, bug_class) in BUGS.items():
            if bug_class:
                print(name, bug_class)
        return
    bug = BUGS[sys.argv[1] if len(sys.argv) > 1 else "none"][0]
    server = await asyncio.start_server(
        lambda reader, writer: serve(reader, writer, bug), "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


asyncio.run(main())
