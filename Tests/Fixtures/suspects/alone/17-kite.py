"""Proxy that reads events field by field, so that it can count them."""
import codecs
import json
import os
import re
import select
import socket
import threading
from http.client import HTTPConnection, HTTPException, HTTPResponse, parse_headers
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

UPSTREAM = urlsplit(os.environ["OPENAI_BASE_URL"])
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}


class Answer(HTTPResponse):
    def _read_status(self):
        while True:
            version, status, reason = super()._read_status()
            if not 101 < status < 200:
                return version, status, reason
            parse_headers(self.fp)  # early hints and the like


class Connection(HTTPConnection):
    response_class = Answer


def forwardable(headers, *drop):
    named = {part.strip().lower() for value in headers.get_all("connection", []) for part in value.split(",")}
    skip = HOP_BY_HOP | named | set(drop)
    return [(name, value) for name, value in headers.items() if name.lower() not in skip]


def pieces(answer):
    while piece := answer.read1(65536):
        yield piece
    if answer.length:
        raise HTTPException(f"{answer.length} bytes are missing")


LINE = re.compile(r"([^:]+)(?::[ ]?(.*))?", re.DOTALL)


class Event:
    def __init__(self):
        self.fields = []

    def add(self, line):
        match = LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"malformed line in the event stream: {line!r}")
        name, value = match.groups()
        self.fields.append((name, value or ""))

    def encode(self):
        return "".join(f"{name}: {value}\n" for name, value in self.fields).encode("utf-8", "surrogateescape")


def lines(source):
    """Yields (line, is it whole)."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    parts, skip_lf, first = [], False, True
    for piece in source:
        text = decoder.decode(piece)
        if not text:
            continue
        if first:
            text, first = text.removeprefix("\ufeff"), False
        if skip_lf:
            text = text.removeprefix("\n")
        skip_lf = text.endswith("\r")
        *whole, rest = re.split("\r\n|\n|\r", text)
        for line in whole:
            yield "".join(parts) + line, True
            parts = []
        parts.append(rest)
    parts.append(decoder.decode(b"", True))
    yield "".join(parts), False


def events(source):
    event = Event()
    for line, whole in lines(source):
        if line:
            event.add(line)
        elif whole and event.fields:
            yield event.encode() + b"\n"
            event = Event()
    yield event.encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def read_body(self):
        if "chunked" not in self.headers.get("transfer-encoding", "").lower():
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline() not in (b"\r\n", b"\n", b""):
            pass
        return b"".join(parts)

    def watch(self, upstream, done):
        """Hangs up on the upstream when the caller does."""
        poll = select.poll()
        poll.register(self.connection, select.POLLIN | select.POLLHUP | select.POLLERR)
        while not done.is_set():
            if not poll.poll(250):
                continue
            try:
                if self.connection.recv(1, socket.MSG_PEEK):
                    return
            except OSError:
                pass
            try:
                upstream.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            return

    def forward(self):
        self.close_connection = True
        done = threading.Event()
        connection = Connection(UPSTREAM.hostname, UPSTREAM.port or 80)
        started = False
        try:
            body = self.read_body()
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.watch, args=(connection.sock, done), daemon=True).start()
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            fields = forwardable(self.headers, "host", "expect", "content-length", "accept-encoding")
            fields += [("Host", UPSTREAM.netloc), ("Accept-Encoding", "identity"), ("Connection", "close")]
            if body or self.command in ("POST", "PUT", "PATCH"):
                fields.append(("Content-Length", str(len(body))))
            for name, value in fields:
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            started = True
            self.relay(answer)
        except (OSError, HTTPException, ValueError) as error:
            if not started:
                self.bad_gateway(error)
        finally:
            done.set()
            connection.close()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = forward

    def bad_gateway(self, error):
        text = json.dumps({"error": {"message": f"upstream: {error}", "type": "bad_gateway"}}).encode()
        try:
            self.send_response_only(502)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(text)
        except OSError:
            pass

    def relay(self, answer):
        kind = answer.headers.get_content_type() if "content-type" in answer.headers else ""
        is_events = kind == "text/event-stream" and "content-encoding" not in answer.headers
        bodyless = self.command == "HEAD" or answer.status in (204, 304)
        drop = ["content-length"] if is_events or answer.chunked else []
        fields = forwardable(answer.headers, *drop)
        sized = bodyless or any(name.lower() == "content-length" for name, _ in fields)
        self.chunked = not sized and self.request_version != "HTTP/1.0"
        self.send_response_only(answer.status, answer.reason)
        for name, value in fields:
            self.send_header(name, value)
        if self.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        if bodyless:
            return
        for data in events(pieces(answer)) if is_events else pieces(answer):
            self.send(data)
        if self.chunked:
            self.wfile.write(b"0\r\n\r\n")

    def send(self, data):
        if data:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if self.chunked else data)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
