"""A small proxy with one flaw, named by its argument; without a flaw ("ok") it hands everything on.

OPENAI_BASE_URL is the upstream, PORT where it listens. Flaws that begin with "json-" are those of a
gateway that reads each event as JSON and writes it anew; all others hand bytes on as they come.
"""
import http.client
import json
import os
import re
import socket
import sys
import threading
import time
import urllib.request
from urllib.parse import urlparse

flaw = sys.argv[1] if len(sys.argv) > 1 else "ok"
base = os.environ["OPENAI_BASE_URL"]
upstream = urlparse(base)
count = 0


def ask(path, data=None, method=None):
    request = urllib.request.Request(base + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.status, answer.read()


def at_start():
    """What it asks for before it listens."""
    if flaw == "start-models":
        assert b"qwen" in ask("/models")[1]
    if flaw == "start-options":
        assert ask("/chat/completions", method="OPTIONS")[0] == 204
    if flaw == "start-health":
        assert ask("/health")[0] == 200
    if flaw == "start-chat":
        body = {"model": "warm", "messages": [{"role": "system", "content": "warm up"}], "max_tokens": 1}
        assert "choices" in json.loads(ask("/chat/completions", json.dumps(body).encode())[1])
    if flaw == "slow-start":
        time.sleep(3)
    if flaw == "background":
        def probe():
            while True:
                time.sleep(0.02)
                ask("/models")
        threading.Thread(target=probe, daemon=True).start()


# Requests: each takes the JSON body and changes it.
BODIES = {
    "drop-stream-options": lambda o: o.pop("stream_options", None),
    "drop-temperature": lambda o: o.pop("temperature", None),
    "drop-messages": lambda o: o.update(messages=o["messages"][-1:]),
    "drop-all-messages": lambda o: o.update(messages=[]),
    "drop-tools": lambda o: o.pop("tools", None),
    "drop-unknown": lambda o: o.pop("x_vendor", None),
    "change-number": lambda o: o.update(temperature=1),
    "change-text": lambda o: o["messages"][0].update(content=o["messages"][0]["content"].upper()),
    "change-role": lambda o: o["messages"][0].update(role="user"),
    "big-number": lambda o: o.update(seed=float(o["seed"])),
    "add-member": lambda o: o.update(stream_options={"include_usage": True}, added=1),
    "map-model": lambda o: o.update(model="other"),
    "reorder-body": lambda o: None,
    "repeat-member": lambda o: None,
}

# Requests: each takes the lines of the head, and a way to drop a field.
ASKED = {
    "drop-sse": lambda l, drop: drop(b"x-dashscope-sse"),
    "drop-type": lambda l, drop: drop(b"content-type"),
    "plain-type": lambda l, drop: (drop(b"content-type"), l.append(b"Content-Type: text/plain")),
    "json-accept": lambda l, drop: (drop(b"accept:"), l.append(b"Accept: application/json")),
    "add-coding": lambda l, drop: l.append(b"Content-Encoding: gzip"),
    "add-async": lambda l, drop: l.append(b"X-DashScope-Async: enable"),
    "latin-request": lambda l, drop: (drop(b"content-type"), l.append(b"Content-Type: application/json; charset=latin1")),
    "utf8-request": lambda l, drop: (drop(b"content-type"), l.append(b"Content-Type: application/json; charset=utf-8")),
    "lower-scheme": lambda l, drop: l.__setitem__(slice(None), [x.replace(b"Bearer ", b"bearer ") for x in l]),
}


def request_of(lines, body):
    """The request as it goes upstream."""
    lines = [l for l in lines if not l.lower().startswith((b"host:", b"connection:"))]

    def drop(name):
        lines[1:] = [l for l in lines[1:] if not l.lower().startswith(name)]

    if flaw in ("drop-auth", "blank-auth", "own-auth"):
        drop(b"authorization")
    if flaw == "blank-auth":
        lines.append(b"Authorization: Bearer ")
    if flaw == "cut-auth":
        lines = [l[:-3] if l.lower().startswith(b"authorization") else l for l in lines]
    if flaw in ("own-auth", "double-auth"):
        lines.append(b"Authorization: Bearer sk-of-the-gateway")
    if flaw == "drop-query":
        lines[0] = re.sub(rb"\?[^ ]*", b"", lines[0])
    if flaw == "change-query":
        lines[0] = lines[0].replace(b"version=1", b"version=2")
    if flaw == "double-v1":
        lines[0] = lines[0].replace(b"/v1/", b"/v1/v1/")
    if flaw == "other-path":
        lines[0] = lines[0].replace(b"/chat/completions", b"/completions")
    if flaw == "put":
        lines[0] = lines[0].replace(b"POST", b"PUT")
    if flaw in ASKED:
        ASKED[flaw](lines, drop)
    if flaw in BODIES:
        value = json.loads(body)
        BODIES[flaw](value)
        if flaw == "reorder-body":
            value = dict(reversed(list(value.items())))
        body = json.dumps(value).encode()
        if flaw == "repeat-member":
            body = b'{"model": "other", ' + body[1:]
        drop(b"content-length")
        lines.append(b"Content-Length: %d" % len(body))
    lines += [b"Host: " + upstream.netloc.encode(), b"Connection: close"]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


# Response heads: each takes the lines of the head, and a way to drop a field.
HEADS = {
    "gzip-coding": lambda l, drop: l.append(b"Content-Encoding: gzip"),
    "br-coding": lambda l, drop: l.append(b"Content-Encoding: br"),
    "double-type": lambda l, drop: l.append(b"Content-Type: application/json"),
    "double-date": lambda l, drop: l.extend([b"Date: a", b"Date: b"]),
    "public-cache": lambda l, drop: l.append(b"Cache-Control: public, max-age=3600"),
    "no-type": lambda l, drop: drop(b"content-type"),
    "text-type": lambda l, drop: (drop(b"content-type"), l.append(b"Content-Type: text/plain")),
    "no-retry": lambda l, drop: drop(b"retry-after"),
    "no-limits": lambda l, drop: drop(b"x-ratelimit"),
    "other-retry": lambda l, drop: (drop(b"retry-after"), l.append(b"Retry-After: 1")),
    "no-request-id": lambda l, drop: drop(b"x-request-id"),
    "status-500": lambda l, drop: l.__setitem__(0, b"HTTP/1.1 500 Internal Server Error"),
    "status-201": lambda l, drop: l.__setitem__(0, b"HTTP/1.1 201 Created"),
    "latin-charset": lambda l, drop: (drop(b"content-type"), l.append(b"Content-Type: text/event-stream; charset=latin1")),
    "utf8-charset": lambda l, drop: (drop(b"content-type"), l.append(b'Content-Type: Text/Event-Stream;charset="UTF-8"')),
    "expires-late": lambda l, drop: l.append(b"Expires: Thu, 01 Jan 2037 00:00:00 GMT"),
    "expires-past": lambda l, drop: l.append(b"Expires: Thu, 01 Jan 1970 00:00:01 GMT"),
    "edge-cache": lambda l, drop: l.append(b"CDN-Cache-Control: max-age=600"),
    "add-cookie": lambda l, drop: l.append(b"Set-Cookie: a=b"),
    "add-fields": lambda l, drop: l.extend([b"Via: 1.1 x", b"X-Cache: MISS", b"Server: x", b"Age: 0"]),
}


def hand_on(client, source):
    """Copies the answer, its head changed."""
    head, kept = b"", b""
    while True:
        data = source.recv(65536)
        if not data:
            break
        if flaw in HEADS and head is not None:
            head += data
            if b"\r\n\r\n" not in head:
                continue
            top, _, data = head.partition(b"\r\n\r\n")
            lines, head = top.split(b"\r\n"), None

            def drop(name):
                lines[1:] = [l for l in lines[1:] if not l.lower().startswith(name)]
            HEADS[flaw](lines, drop)
            data = b"\r\n".join(lines) + b"\r\n\r\n" + data
        if flaw == "buffer-all":
            kept += data
            continue
        if flaw == "hold-head" and head is not None:
            head += data
            if b"\n" not in head.partition(b"\r\n\r\n")[2]:
                continue
            data, head = head, None
        if flaw == "comment-then-buffer":
            if not kept:
                top, _, rest = data.partition(b"\r\n\r\n")
                client.sendall(top + b"\r\n\r\n" + b"1002\r\n:" + b"x" * 4096 + b"\n\r\n")
                data, kept = rest, b" "
            kept += data
            continue
        client.sendall(data)
    if kept:
        client.sendall(kept.lstrip(b" "))


def each(name, change):
    """A change of every delta."""
    def run(o):
        for choice in o.get("choices") or []:
            change(choice, choice.get("delta") or {})
    return run


def calls(change):
    return each("", lambda c, d: [change(t) for t in d.get("tool_calls") or []])


# Events: each takes the JSON of an event and changes it.
EVENTS = {
    "json-ok": lambda o: None,
    "json-no-tool-id": calls(lambda t: t.update(id="")),
    "json-no-tool-type": calls(lambda t: t.pop("type", None)),
    "json-swapped-calls": calls(lambda t: t.update(index=1 - t.get("index", 0))),
    "json-no-reasoning": each("", lambda c, d: (d.pop("reasoning", None), d.pop("reasoning_content", None))),
    "json-no-logprobs": each("", lambda c, d: c.update(logprobs=None)),
    "json-no-audio": each("", lambda c, d: d.pop("audio", None)),
    "json-no-refusal": each("", lambda c, d: d.pop("refusal", None)),
    "json-no-function-call": each("", lambda c, d: d.pop("function_call", None)),
    "json-no-annotations": each("", lambda c, d: d.pop("annotations", None)),
    "json-no-role": each("", lambda c, d: d.pop("role", None)),
    "json-no-text": each("", lambda c, d: c.update(text="") if "text" in c else None),
    "json-no-search": lambda o: o.pop("search_info", None),
    "json-no-usage": lambda o: o.pop("usage", None),
    "json-no-model": lambda o: (o.pop("model", None), o.pop("id", None)),
    "json-own-id": lambda o: o.update(id="x", created=5, system_fingerprint="fp"),
    "json-other-finish": each("", lambda c, d: c.update(finish_reason=c.get("finish_reason") and "length")),
    "json-extra": lambda o: o.update(provider="me"),
    "json-invents": lambda o: None,
    "json-text-index": each("", lambda c, d: c.update(index=str(c["index"]))),
    "json-id-each": lambda o: o.update(id="c%f" % time.time()),
    "json-number-id": lambda o: o.update(id=5),
    "json-finish-always": each("", lambda c, d: c.update(finish_reason=c.get("finish_reason") or "stop")),
}


def parted(event, first, second):
    """The event with a finish reason as two."""
    if b'"finish_reason": "' not in event:
        return [event]
    values = json.loads(event[5:]), json.loads(event[5:])
    for value, change in zip(values, (first, second)):
        for choice in value["choices"]:
            choice.update(change)
    return [b"data: " + json.dumps(value).encode() for value in values]


END, WORDLESS, UNFINISHED = b"data: [DONE]", {"delta": {}}, {"finish_reason": None}
# Events: each takes one as bytes, and returns those that are written in its place.
LISTS = {
    "list-done-twice": lambda e: [e, e] if e == END else [e],
    "list-done-early": lambda e: [END, e] if b'"usage"' in e else [] if e == END else [e],
    "list-finish-first": lambda e: parted(e, WORDLESS, UNFINISHED),
    "list-finish-twice": lambda e: parted(e, {}, WORDLESS),
    "list-finish-apart": lambda e: parted(e, UNFINISHED, WORDLESS),
    "list-data-only": lambda e: [l for l in e.split(b"\n") if l.startswith(b"data:")],
}


def write_anew(client, lines, body):
    """Reads the events of the answer and writes them anew."""
    fields = dict(l.decode().split(": ", 1) for l in lines[1:]
                  if not l.lower().startswith((b"host", b"connection", b"content-length")))
    connection = http.client.HTTPConnection(upstream.hostname, upstream.port)
    connection.request("POST", lines[0].split(b" ")[1].decode(), body, fields)
    answer = connection.getresponse()
    client.sendall(b"HTTP/1.1 %d OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
                   % (answer.status, (answer.getheader("content-type") or "").encode()))

    def send(event):
        client.sendall(b"%x\r\n%s\n\n\r\n" % (len(event) + 2, event))
    rest = b""
    try:
        while True:
            data = answer.read1(65536)
            if not data:
                break
            rest += data
            while b"\n\n" in rest:
                event, rest = rest.split(b"\n\n", 1)
                if flaw in LISTS:
                    for one in LISTS[flaw](event):
                        send(one)
                    continue
                out = []
                for line in event.split(b"\n"):
                    if line.startswith(b"data:") and b"{" in line:
                        value = json.loads(line[5:])
                        EVENTS[flaw](value)
                        line = b"data: " + json.dumps(value, separators=(",", ":")).encode()
                    out.append(line)
                send(b"\n".join(out))
    except (OSError, http.client.HTTPException):
        if flaw != "json-invents":
            return
        send(b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}')
        send(b"data: [DONE]")
    client.sendall(b"0\r\n\r\n")


def serve(client):
    global count
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        data = b""
        while b"\r\n\r\n" not in data:
            more = client.recv(65536)
            if not more:
                return
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        lengths = [int(l.split(b":")[1]) for l in lines if l.lower().startswith(b"content-length")]
        while lengths and len(body) < lengths[0]:
            body += client.recv(65536)
        count += 1
        if flaw == "warm-up" and count <= 2:
            return client.sendall(
                b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 7\r\nConnection: close\r\n\r\nloading")
        if flaw == "crash" and count == 2:
            print("out of luck", file=sys.stderr, flush=True)
            os._exit(7)
        if flaw == "slow-ask":
            time.sleep(0.05 * (count % 4))
        if flaw == "each-models":
            ask("/models")
        if flaw == "each-chat":
            own = {"model": "judge", "messages": [{"role": "system", "content": "is this allowed?"}]}
            ask("/chat/completions", json.dumps(own).encode())
        if flaw in EVENTS or flaw in LISTS:
            return write_anew(client, lines, body)
        request = request_of(lines, body)
        if flaw in ("send-twice", "hedge"):
            other = socket.create_connection((upstream.hostname, upstream.port))
            other.sendall(request)
        if flaw == "send-twice":
            other.close()
        source = socket.create_connection((upstream.hostname, upstream.port))
        source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        source.sendall(request)
        if flaw == "now-and-then" and count % 5 == 3:
            time.sleep(0.1)
            return client.shutdown(2)
        hand_on(client, source)
    except OSError:
        # The other side has gone: so does this one, and says so by an abort.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    finally:
        client.close()


at_start()
family = socket.AF_INET6 if flaw == "ipv6-only" else socket.AF_INET
listener = socket.socket(family)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if flaw == "ipv6-only":
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
listener.bind(("::1" if flaw == "ipv6-only" else "127.0.0.1", int(os.environ["PORT"])))
listener.listen(512)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
