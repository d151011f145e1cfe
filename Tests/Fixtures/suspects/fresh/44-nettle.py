"""Nettle: an asyncio gateway with a guard against models that stutter. PORT and OPENAI_BASE_URL are read from the environment."""
import asyncio, json, os, re, socket, struct
from urllib.parse import urlsplit

BASE = urlsplit(os.environ["OPENAI_BASE_URL"])
HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}


async def read_head(reader):
    first, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1").lstrip("\r\n").split("\r\n")
    return first, [(n, v.strip()) for n, _, v in (line.partition(":") for line in lines)]


def field(fields, name):
    return ", ".join(v for n, v in fields if n.lower() == name)


def end_to_end(fields, *more):
    skip = HOP | set(more) | {n.strip().lower() for n in field(fields, "connection").split(",")}
    return [f"{n}: {v}" for n, v in fields if n.lower() not in skip]


async def take(reader, size):
    while size:
        data = await reader.read(min(size, 65536) if size > 0 else 65536)
        if not data:
            if size < 0:
                return
            raise EOFError("closed too early")
        size -= len(data) if size > 0 else 0
        yield data


async def body_of(reader, fields, default):
    if "chunked" not in field(fields, "transfer-encoding").lower():
        async for data in take(reader, int(field(fields, "content-length") or default)):
            yield data
        return
    while True:
        size = int(re.fullmatch(rb"([0-9A-Fa-f]{1,12})\s*(;.*)?\r\n", await reader.readuntil(b"\r\n")).group(1), 16)
        if size == 0:
            break
        async for data in take(reader, size):
            yield data
        if await reader.readexactly(2) != b"\r\n":
            raise ValueError("bad end of chunk")
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass


EOL = re.compile(rb"\r\n|\n|\r")
LIMIT = 32 << 20


async def lines_of(source):
    """Lines without their ends; a last one that has no end comes as a tuple."""
    parts, held, cr, first = [], 0, False, True
    async for data in source:
        if cr and data.startswith(b"\n"):
            cr, data = False, data[1:]
        if not data:
            continue
        cr = data.endswith(b"\r")
        head, *others = EOL.split(data)
        parts.append(head)
        held += len(head)
        for piece in others:
            line = b"".join(parts)
            yield line.removeprefix(b"\xef\xbb\xbf") if first else line
            parts, held, first = [piece], len(piece), False
        if held > LIMIT:
            raise ValueError("line too long")
    if held:
        yield (b"".join(parts),)


async def events_of(source):
    event = []
    async for line in lines_of(source):
        if isinstance(line, tuple):
            yield event, line[0]
            return
        if line:
            event.append(line)
        else:
            yield event, None
            event = []
    if event:
        yield event, b""


def data_of(event):
    return b"\n".join(re.sub(rb"^data:? ?", b"", line) for line in event if line == b"data" or line.startswith(b"data:"))


async def calm(source):
    last = {}
    async for event, rest in events_of(source):
        if rest is not None:
            yield b"".join(line + b"\n" for line in event) + rest
            return
        try:
            choice = json.loads(data_of(event))["choices"][0]
            where, text = choice.get("index"), choice["delta"].get("content")
        except (ValueError, LookupError, TypeError, AttributeError):
            where, text = None, None
        if text and not choice.get("finish_reason") and set(choice["delta"]) <= {"content", "role"}:
            if last.get(where) == text:
                continue  # the backend has sent this piece twice
            last[where] = text
        yield b"\n".join(event) + b"\n\n"


async def relay(first, fields, body, up_in, up_out, writer, state):
    method, path, version = first.split(" ")
    lines = [f"{method} {path} HTTP/1.1", f"Host: {BASE.netloc}", "Connection: close", "Accept-Encoding: identity"]
    lines += end_to_end(fields, "host", "expect", "content-length", "accept-encoding")
    if body or field(fields, "content-length"):
        lines.append(f"Content-Length: {len(body)}")
    up_out.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
    while True:
        status, fields = await read_head(up_in)
        code = int(status.split(" ")[1])
        if code >= 200:
            break
    sse = field(fields, "content-type").split(";")[0].strip().lower() == "text/event-stream" and field(fields, "content-encoding") in ("", "identity")
    empty = method == "HEAD" or code in (204, 304)
    sized = "chunked" not in field(fields, "transfer-encoding").lower() and field(fields, "content-length") and int(field(fields, "content-length")) >= 0 and not sse
    chunked = not empty and not sized and version == "HTTP/1.1"
    out = ["HTTP/1.1" + status[8:]] + end_to_end(fields, *(() if sized or empty else ("content-length",)))
    out += ["Connection: close"] + (["Transfer-Encoding: chunked"] if chunked else [])
    state.update(begun=True, framed=chunked or sized)
    writer.write("\r\n".join(out).encode("latin-1") + b"\r\n\r\n")
    if empty:
        return
    source = body_of(up_in, fields, -1)
    async for piece in calm(source) if sse else source:
        if piece:
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            await writer.drain()
    if chunked:
        writer.write(b"0\r\n\r\n")


async def serve(reader, writer):
    state, up_out, jobs = {}, None, []
    try:
        first, fields = await read_head(reader)
        if field(fields, "expect").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = b"".join([data async for data in body_of(reader, fields, 0)])
        up_in, up_out = await asyncio.open_connection(BASE.hostname, BASE.port or 80, limit=1 << 20)
        # Whichever comes first: the answer has been sent, or the client has left.
        jobs = [asyncio.create_task(relay(first, fields, body, up_in, up_out, writer, state)), asyncio.create_task(reader.read())]
        await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
        if not jobs[0].done():
            raise BrokenPipeError("client has left")
        jobs[0].result()
        await writer.drain()
        writer.close()
    except Exception as error:
        if state.get("framed") and not isinstance(error, BrokenPipeError):
            writer.close()  # the missing end tells the client that the answer is broken
        elif state.get("begun") or isinstance(error, BrokenPipeError):
            if not writer.transport.is_closing():
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        else:
            text = json.dumps({"error": {"message": str(error), "type": "bad_gateway"}}).encode()
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))
            writer.close()
    finally:
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        if up_out:
            up_out.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(os.environ.get("PORT", "0")), limit=1 << 20)
    print("listening on", server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
