"""Proxy that decodes the event stream and encodes it again for its callers."""
import asyncio
import json
import os
import re
from urllib.parse import urlsplit

BASE = urlsplit(os.environ["OPENAI_BASE_URL"])
HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}


class UpstreamError(Exception):
    pass


async def read_head(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head[:-4].split("\r\n")
    fields = []
    for line in lines:
        name, _, value = line.partition(":")
        fields.append((name.strip(), value.strip()))
    return first, fields


def get(fields, name, default=""):
    return next((value for key, value in fields if key.lower() == name), default)


def end_to_end(fields, *drop):
    named = {part.strip().lower() for key, value in fields if key.lower() == "connection"
             for part in value.split(",")}
    skip = HOP | named | set(drop)
    return [(key, value) for key, value in fields if key.lower() not in skip]


CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")


async def pieces(reader, fields, no_body):
    """The body of an answer, by its framing; raises when it ends too early."""
    if no_body:
        return
    if "chunked" in get(fields, "transfer-encoding").lower():
        while True:
            line = (await reader.readuntil(b"\r\n"))[:-2].partition(b";")[0].strip()
            if not CHUNK_SIZE.fullmatch(line):
                raise UpstreamError(f"bad chunk size {line!r}")
            left = int(line, 16)
            if left == 0:
                while await reader.readuntil(b"\r\n") != b"\r\n":
                    pass
                return
            while left:
                piece = await reader.read(min(left, 65536))
                if not piece:
                    raise UpstreamError("cut in a chunk")
                left -= len(piece)
                yield piece
            if await reader.readexactly(2) != b"\r\n":
                raise UpstreamError("chunk without its end")
    length = get(fields, "content-length", None)
    if "chunked" not in get(fields, "transfer-encoding").lower():
        left = None if length is None else int(length)
        while left is None or left > 0:
            piece = await reader.read(65536 if left is None else min(left, 65536))
            if not piece:
                if left:
                    raise UpstreamError("the body is too short")
                return
            if left is not None:
                left -= len(piece)
            yield piece


async def request_body(reader, fields):
    if "chunked" in get(fields, "transfer-encoding").lower():
        parts = []
        while True:
            size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
            if size == 0:
                while await reader.readuntil(b"\r\n") != b"\r\n":
                    pass
                return b"".join(parts)
            parts.append(await reader.readexactly(size))
            await reader.readexactly(2)
    return await reader.readexactly(int(get(fields, "content-length", "0")))


class Client:
    def __init__(self, writer, version, method):
        self.writer = writer
        self.chunked = version != "HTTP/1.0"
        self.bodyless = method == "HEAD"
        self.started = False

    async def head(self, status, reason, fields):
        self.started = True
        if status in (204, 304):
            self.bodyless = True
        if self.bodyless or get(fields, "content-length", None) is not None:
            self.chunked = False
        lines = [f"HTTP/1.1 {status} {reason}"] + [f"{key}: {value}" for key, value in fields]
        if self.chunked:
            lines.append("Transfer-Encoding: chunked")
        lines.append("Connection: close")
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        await self.writer.drain()

    async def send(self, data):
        if data and not self.bodyless:
            self.writer.write(b"%x\r\n%s\r\n" % (len(data), data) if self.chunked else data)
            await self.writer.drain()

    async def end(self):
        if self.chunked:
            self.writer.write(b"0\r\n\r\n")
            await self.writer.drain()


class Decoder:
    """Bytes in, payloads out."""

    def __init__(self):
        self.partial = b""
        self.after_cr = False
        self.data = []
        self.first = True

    def feed(self, piece):
        if self.after_cr:
            piece = piece.removeprefix(b"\n")
            self.after_cr = False
        if not piece:
            return
        self.after_cr = piece.endswith(b"\r")
        *lines, rest = re.split(rb"\r\n|\n|\r", piece)
        for line in lines:
            yield from self.line(self.partial + line)
            self.partial = b""
        self.partial += rest

    def line(self, line):
        if self.first:
            line, self.first = line.removeprefix(b"\xef\xbb\xbf"), False
        if not line:
            if self.data:
                yield b"\n".join(self.data)
            self.data = []
        elif line.startswith(b"data:"):
            self.data.append(line[5:].removeprefix(b" "))
        elif line == b"data":
            self.data.append(b"")

    def rest(self):
        for _ in self.line(self.partial) if self.partial else ():
            pass
        return b"\n".join(self.data) if self.data else None


def encode(payload):
    return b"".join(b"data: " + line + b"\n" for line in payload.split(b"\n"))


async def events(source):
    decoder = Decoder()
    async for piece in source:
        for payload in decoder.feed(piece):
            yield encode(payload) + b"\n"
    payload = decoder.rest()
    if payload is not None:
        yield encode(payload)


async def relay(client, method, target, fields, body):
    up_reader, up_writer = await asyncio.open_connection(BASE.hostname, BASE.port or 80, limit=1 << 20)
    try:
        onward = end_to_end(fields, "host", "expect", "content-length", "accept-encoding")
        onward += [("Host", BASE.netloc), ("Accept-Encoding", "identity"), ("Connection", "close")]
        if body or method in ("POST", "PUT", "PATCH"):
            onward.append(("Content-Length", str(len(body))))
        lines = [f"{method} {target} HTTP/1.1"] + [f"{key}: {value}" for key, value in onward]
        up_writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)
        await up_writer.drain()
        status = 100
        while 100 <= status < 200:
            first, answer = await read_head(up_reader)
            _, code, *reason = first.split(" ", 2)
            status = int(code)
        no_body = method == "HEAD" or status in (204, 304)
        kind = get(answer, "content-type").partition(";")[0].strip().lower()
        is_events = kind == "text/event-stream" and not get(answer, "content-encoding")
        drop = ["content-length"] if is_events or get(answer, "transfer-encoding") else []
        await client.head(status, reason[0] if reason else "", end_to_end(answer, *drop))
        body_pieces = pieces(up_reader, answer, no_body)
        if is_events:
            async for data in events(body_pieces):
                await client.send(data)
        else:
            async for data in body_pieces:
                await client.send(data)
        await client.end()
    finally:
        up_writer.close()


async def handle(reader, writer):
    client = None
    try:
        first, fields = await read_head(reader)
        method, target, version = first.split(" ")
        client = Client(writer, version, method)
        if get(fields, "expect").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await request_body(reader, fields)
        work = asyncio.create_task(relay(client, method, target, fields, body))
        gone = asyncio.create_task(reader.read(1))
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done() and (gone.exception() or gone.result() == b""):
            work.cancel()
        try:
            await work
        finally:
            gone.cancel()
            await asyncio.wait({gone})
            if not gone.cancelled():
                gone.exception()
    except asyncio.CancelledError:
        pass
    except Exception as error:
        if client and not client.started:
            text = json.dumps({"error": {"message": f"upstream failed: {error!r}"}}).encode()
            try:
                await client.head(502, "Bad Gateway", [("Content-Type", "application/json"),
                                                       ("Content-Length", str(len(text)))])
                await client.send(text)
            except OSError:
                pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", int(os.environ["PORT"]), limit=1 << 20)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
