"""Small streaming proxies, each with one bug as it was reported in public.

python3 proxy.py BUG    listens on PORT, asks OPENAI_BASE_URL; BUG is a name in BUGS, or none.
python3 proxy.py --list prints every name with the bug class that it is.
"""

import codecs
import json
import os
import socket
import sys
import threading
from urllib.parse import urlparse

UPSTREAM = urlparse(os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:1/v1"))
HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}


class Broken(Exception):
    """The upstream's answer ended before it was complete."""


class Body:
    """Reads a response body by its framing, one piece for each read of the socket."""

    def __init__(self, connection, fields, rest):
        self.connection, self.buffer = connection, rest
        self.chunked = "chunked" in fields.get("transfer-encoding", "").lower()
        self.length = None if self.chunked else fields.get("content-length")
        self.left = int(self.length) if self.length is not None else None
        self.fresh = bool(rest)

    def more(self):
        data = self.connection.recv(65536)
        if not data:
            if self.chunked or self.left:
                raise Broken()
            return False
        self.buffer += data
        return True

    def pieces(self):
        if self.chunked:
            yield from self.chunks()
            return
        while self.left is None or self.left > 0:
            if not self.buffer and not self.more():
                return
            piece = self.buffer if self.left is None else self.buffer[: self.left]
            self.buffer = b""
            if self.left is not None:
                self.left -= len(piece)
            yield piece

    def line(self):
        while b"\r\n" not in self.buffer:
            self.more()
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def chunks(self):
        while True:
            size = int(self.line().split(b";")[0], 16)
            if size == 0:
                while self.line():
                    pass
                return
            while size:
                if not self.buffer:
                    self.more()
                piece = self.buffer[:size]
                self.buffer = self.buffer[len(piece):]
                size -= len(piece)
                yield piece
            self.line()


class Proxy:
    """Passes everything on; a bug overrides what it gets wrong."""

    ends_clean = False  # whether a cut answer ends like a whole one
    own_end = b""  # what it writes behind a cut answer
    retries = False

    def head(self, status, fields):
        return status, fields

    def start(self, fields):
        pass

    def read(self, data):
        return data

    def finish(self):
        return b""


class Lines(Proxy):
    """Reads whole lines, with a buffer over all reads, and writes each line anew."""

    def start(self, fields):
        self.held = b""

    def read(self, data):
        self.held += data
        *lines, self.held = self.held.split(b"\n")
        return b"".join(self.line(line) for line in lines)

    def line(self, line):
        return line + b"\n"

    def finish(self):
        return self.line(self.held) if self.held else b""


class Events(Proxy):
    """Cuts the stream at blank lines, with a buffer over all reads."""

    def start(self, fields):
        self.held = b""

    def read(self, data):
        self.held += data
        out = b""
        while True:
            ends = [(self.held.find(mark), len(mark)) for mark in (b"\n\n", b"\r\n\r\n", b"\r\r")]
            ends = [(at, size) for at, size in ends if at >= 0]
            if not ends:
                return out
            at, size = min(ends)
            event, self.held = self.held[: at + size], self.held[at + size:]
            out += self.event(event)

    def event(self, event):
        data = b"\n".join(
            line[5:].removeprefix(b" ") for line in event.splitlines() if line.startswith(b"data:"))
        if data and data != b"[DONE]":
            try:
                value = json.loads(data)
            except ValueError:
                return self.other(event)
            new = self.json(event, value)
            return new if new is not None else event
        if data == b"[DONE]":
            return self.done(event)
        return self.other(event)

    def json(self, event, value):
        return event

    def done(self, event):
        return event

    def other(self, event):
        return event

    def finish(self):
        return self.held


def choices(value):
    found = value.get("choices") if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def delta(value):
    first = (choices(value) or [{}])[0]
    return first.get("delta") or {}


def dump(value):
    return b"data: " + json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


class EachReadIsWhole(Proxy):
    # for part in chunk.split("\n\n"): yield part + "\n\n"
    def read(self, data):
        return b"".join(p + b"\n\n" for p in data.split(b"\n\n") if p.startswith(b"data:") and p[-1:] in b"}]")


class DecodesEachRead(Proxy):
    def read(self, data):
        return data.decode("utf-8", errors="replace").encode()


class IgnoresBadBytes(Proxy):
    def read(self, data):
        return data.decode("utf-8", errors="ignore").encode()


class FirstOfEachRead(Events):
    # if "\n\n" in buffer: event, buffer = buffer.split("\n\n", 1); yield event
    def read(self, data):
        self.held += data
        event, mark, rest = self.held.partition(b"\n\n")
        if not mark:
            return b""
        self.held = rest
        return event + mark


class OnlyLF(Events):
    def read(self, data):
        self.held += data
        *events, self.held = self.held.split(b"\n\n")
        return b"".join(e + b"\n\n" for e in events)


class SplitLines(Lines):
    # async for line in response.aiter_lines(): yield line + "\n"
    def start(self, fields):
        self.text, self.decoder = "", codecs.getincrementaldecoder("utf-8")("replace")

    def read(self, data):
        self.text += self.decoder.decode(data)
        lines = self.text.splitlines(keepends=True)
        self.text = lines.pop() if lines and not lines[-1].endswith(("\n", "\r")) else ""
        return b"".join(line.rstrip("\r\n\u2028\u2029\x85\x0b\x0c").encode() + b"\n" for line in lines)

    def finish(self):
        return self.text.encode()


class NoDone(Events):
    def done(self, event):
        return b""


class TwoDones(Events):
    def finish(self):
        return self.held + b"data: [DONE]\n\n"


class NeedsChoices(Events):
    def json(self, event, value):
        return event if choices(value) or "choices" not in value else b""


class SkipsEmptyDeltas(Events):
    def json(self, event, value):
        if not choices(value):
            return event
        spoken = any(v for k, v in delta(value).items() if k != "role" and v)
        return event if spoken else b""


class ContentOnly(Events):
    def json(self, event, value):
        hidden = delta(value)
        if hidden.get("reasoning_content") and not hidden.get("content"):
            return b""
        return event


class FailsAtComments(Lines):
    def line(self, line):
        if line.startswith(b":"):
            raise Broken()
        return line + b"\n"


class NeedsSpace(Lines):
    def line(self, line):
        if line.startswith(b"data:") and not line.startswith(b"data: "):
            return b""
        return line + b"\n"


class LastDataLine(Events):
    def event(self, event):
        lines = event.splitlines(keepends=True)
        last = max((i for i, line in enumerate(lines) if line.startswith(b"data:")), default=-1)
        return b"".join(
            line for i, line in enumerate(lines) if not line.startswith(b"data:") or i == last)


class Collects(Proxy):
    def start(self, fields):
        self.all = b""

    def read(self, data):
        self.all += data
        return b""

    def finish(self):
        return self.all


class CleanEnd(Proxy):
    ends_clean = True


class InventsEnd(Proxy):
    ends_clean = True
    own_end = (
        b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n' b"data: [DONE]\n\n")


class Always500(Proxy):
    def head(self, status, fields):
        return (500 if status >= 400 else status), fields


class NoRetryAfter(Proxy):
    def head(self, status, fields):
        return status, [f for f in fields if f[0].lower() != "retry-after"]


class Floats(Events):
    def json(self, event, value):
        data = event.split(b"data:", 1)[1].strip()
        return dump(json.loads(data, parse_int=float))


class DataOnly(Events):
    def event(self, event):
        lines = event.splitlines(keepends=True)
        return b"".join(
            line for line in lines if not line.startswith((b"id", b"event", b"retry")))


class AlwaysStop(Events):
    def json(self, event, value):
        changed = False
        for choice in choices(value):
            if choice.get("finish_reason") not in (None, "", "stop"):
                choice["finish_reason"], changed = "stop", True
        return dump(value) if changed else event


class NoStutter(Events):
    last = None

    def json(self, event, value):
        text = delta(value).get("content")
        if text and text == self.last:
            return b""
        self.last = text
        return event


class Strips(Events):
    def event(self, event):
        out = b""
        for line in event.splitlines():
            if line.startswith(b"data:"):
                line = b"data: " + line[5:].strip()
            out += line + b"\n"
        return out


class FirstChoice(Events):
    def json(self, event, value):
        kept = [c for c in choices(value) if c.get("index", 0) == 0]
        if choices(value) and not kept:
            return b""
        return event


class LatinOne(Proxy):
    def read(self, data):
        return data.decode("latin-1").encode()


class DoneInText(Lines):
    def line(self, line):
        if b"[DONE]" in line and line.strip() != b"data: [DONE]":
            return b""
        return line + b"\n"


class DropsRest(Events):
    def finish(self):
        return b""


class NoUsage(Events):
    def json(self, event, value):
        return b"" if value.get("usage") and not choices(value) else event


class Waits(Events):
    """Holds each event until the next one comes."""

    waiting = b""

    def event(self, event):
        out, self.waiting = self.waiting, event
        return out

    def finish(self):
        return self.waiting + self.held


BUGS = {
    "none": (Proxy, None),
    "each-read-is-whole": (EachReadIsWhole, "event-split-across-chunks"),
    "decodes-each-read": (DecodesEachRead, "utf8-split"),
    "ignores-bad-bytes": (IgnoresBadBytes, "utf8-split"),
    "first-of-each-read": (FirstOfEachRead, "many-events-per-read"),
    "only-lf": (OnlyLF, "crlf-not-recognised"),
    "splitlines": (SplitLines, "unicode-line-separators"),
    "no-done": (NoDone, "done-dropped"),
    "two-dones": (TwoDones, "duplicate-done"),
    "needs-choices": (NeedsChoices, "usage-chunk-dropped"),
    "skips-empty-deltas": (SkipsEmptyDeltas, "finish-chunk-dropped"),
    "content-only": (ContentOnly, "reasoning-lost"),
    "fails-at-comments": (FailsAtComments, "comment-breaks-parser"),
    "needs-space": (NeedsSpace, "data-no-space"),
    "last-data-line": (LastDataLine, "multiline-data-lost"),
    "collects": (Collects, "whole-body-buffering"),
    "clean-end": (CleanEnd, "mid-stream-failure-silent"),
    "invents-end": (InventsEnd, "synthetic-done-on-truncation"),
    "always-500": (Always500, "error-status-rewritten"),
    "no-retry-after": (NoRetryAfter, "retry-after-dropped"),
    "data-only": (DataOnly, "id-event-retry-fields-lost"),
    "always-stop": (AlwaysStop, "finish-reason-rewritten"),
    "no-stutter": (NoStutter, "dedup-drops-repeats"),
    "strips": (Strips, "over-trim-data"),
    "first-choice": (FirstChoice, "choices-n-mixing"),
    "latin-one": (LatinOne, "charset-latin1"),
    "done-in-text": (DoneInText, "done-substring-in-content"),
    "drops-rest": (DropsRest, "final-event-unterminated"),
    "waits-for-next": (Waits, "done-finalisation-waits"),
}


def read_head(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise Broken()
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return first, [tuple(part.strip() for part in line.split(":", 1)) for line in lines], rest


def serve(client, bug):
    upstream = None
    try:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        first, fields, body = read_head(client)
        names = {name.lower(): value for name, value in fields}
        while len(body) < int(names.get("content-length", 0)):
            body += client.recv(65536)
        upstream = socket.create_connection((UPSTREAM.hostname, UPSTREAM.port))
        upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = [first] + [f"{n}: {v}" for n, v in fields if n.lower() not in HOP | {"host"}]
        lines += [f"Host: {UPSTREAM.netloc}", "Connection: close"]
        upstream.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        try:
            answer(client, upstream, bug())
        except (Broken, ConnectionError):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    except (OSError, Broken):
        pass
    finally:
        client.close()
        if upstream:
            upstream.close()


def answer(client, upstream, proxy):
    line, fields, rest = read_head(upstream)
    while 100 <= int(line.split()[1]) < 200:
        data = rest
        while b"\r\n\r\n" not in data:
            data += upstream.recv(65536)
        head, _, rest = data.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        fields = [tuple(p.strip() for p in one.split(":", 1)) for one in lines]
    status = int(line.split()[1])
    names = {name.lower(): value for name, value in fields}
    body = Body(upstream, names, rest)
    is_stream = names.get("content-type", "").lower().startswith("text/event-stream")
    hop = HOP | {part.strip().lower() for part in names.get("connection", "").split(",")}
    kept = [f for f in fields if f[0].lower() not in hop | {"content-length"}]
    status, kept = proxy.head(status, kept)
    lines = [f"HTTP/1.1 {status} {line.split(' ', 2)[-1]}"] + [f"{n}: {v}" for n, v in kept]
    lines += ["Transfer-Encoding: chunked", "Connection: close"]
    client.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")

    def send(data):
        if data:
            client.sendall(b"%x\r\n%s\r\n" % (len(data), data))

    if not is_stream:
        for piece in body.pieces():
            send(piece)
        client.sendall(b"0\r\n\r\n")
        return
    proxy.start(names)
    try:
        for piece in body.pieces():
            send(proxy.read(piece))
        send(proxy.finish())
    except (Broken, ConnectionError):
        if not proxy.ends_clean:
            raise
        send(proxy.own_end)
    client.sendall(b"0\r\n\r\n")


def main():
    if sys.argv[1:] == ["--list"]:
        for name, (_, bug_class) in BUGS.items():
            if bug_class:
                print(name, bug_class)
        return
    bug = BUGS[sys.argv[1] if len(sys.argv) > 1 else "none"][0]
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", int(os.environ["PORT"])))
    server.listen(128)
    while True:
        client, _ = server.accept()
        threading.Thread(target=serve, args=(client, bug), daemon=True).start()


main()
