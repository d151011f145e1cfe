"""Copper: a threaded relay that copies the answer's fields one by one. PORT and OPENAI_BASE_URL are read from the environment."""
import json, os, re, select, socket, struct
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

BASE = urlsplit(os.environ["OPENAI_BASE_URL"])
HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"}


class Upstream:
    def __init__(self, client):
        self.client = client
        self.sock = socket.create_connection((BASE.hostname, BASE.port or 80))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buf = b""

    def more(self):
        """One read into the buffer; false at the end of the connection."""
        watched = [self.sock, self.client]
        while True:
            ready = select.select(watched, [], [])[0]
            if self.client in ready:
                if not self.client.recv(1, socket.MSG_PEEK):
                    raise BrokenPipeError("client has left")
                watched = [self.sock]
            if self.sock in ready:
                data = self.sock.recv(65536)
                self.buf += data
                return bool(data)

    def line(self):
        while b"\n" not in self.buf:
            if len(self.buf) > 65536 or not self.more():
                raise EOFError("upstream closed too early")
        line, self.buf = self.buf.split(b"\n", 1)
        return line.rstrip(b"\r")

    def head(self):
        while True:
            status, fields = self.line().decode("latin-1"), []
            code = int(re.match(r"HTTP/1\.[01] (\d{3})", status).group(1))
            while line := self.line().decode("latin-1"):
                name, value = line.split(":", 1)
                fields.append((name, value.strip()))
            if code >= 200:
                return status, code, fields

    def take(self, size):
        while size != 0:
            if not self.buf and not self.more():
                if size < 0:
                    return
                raise EOFError("upstream closed too early")
            piece = self.buf[:size] if size > 0 else self.buf
            self.buf = self.buf[len(piece):]
            size -= len(piece) if size > 0 else 0
            yield piece

    def body(self, get):
        if "chunked" not in get("transfer-encoding").lower():
            yield from self.take(int(get("content-length") or -1))
            return
        while True:
            size = int(re.fullmatch(rb"([0-9A-Fa-f]{1,12})\s*(;.*)?", self.line()).group(1), 16)
            if size == 0:
                break
            yield from self.take(size)
            if self.line():
                raise EOFError("bad end of chunk")
        while self.line():
            pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def request_body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def proxy(self):
        self.close_connection = True
        body, begun, framed, up = self.request_body(), False, True, None
        skip = HOP | {"host", "transfer-encoding", "expect", "content-length"} | {n.strip().lower() for n in self.headers.get("Connection", "").split(",")}
        lines = [f"{self.command} {self.path} HTTP/1.1", f"Host: {BASE.netloc}", "Connection: close"]
        lines += [f"{n}: {v}" for n, v in self.headers.items() if n.lower() not in skip]
        if body or "Content-Length" in self.headers:
            lines.append(f"Content-Length: {len(body)}")
        try:
            up = Upstream(self.connection)
            up.sock.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
            status, code, fields = up.head()
            get = lambda name: ", ".join(v for n, v in fields if n.lower() == name)
            skip = HOP | {n.strip().lower() for n in get("connection").split(",")}
            empty = self.command == "HEAD" or code in (204, 304)
            sized = "chunked" not in get("transfer-encoding").lower() and get("content-length") and int(get("content-length")) >= 0
            chunked = not empty and not sized and self.request_version != "HTTP/1.0"
            out = [re.sub(r"^HTTP/1\.[01]", "HTTP/1.1", status)]
            out += [f"{n}: {v}" for n, v in fields if n.lower() not in skip and (empty or sized or n.lower() != "content-length")
                    and (chunked or n.lower() != "transfer-encoding")]
            out += ["Connection: close"] + (["Transfer-Encoding: chunked"] if chunked else [])
            begun, framed = True, chunked or sized
            self.wfile.write("\r\n".join(out).encode("latin-1") + b"\r\n\r\n")
            for piece in () if empty else up.body(get):
                if piece:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                self.wfile.write(b"0\r\n\r\n")
        except (OSError, EOFError, ValueError, AttributeError) as error:
            if begun and framed:
                pass  # the missing end tells the client that the answer is broken
            elif begun:
                # With no framing a broken answer must not look whole: reset instead of close.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            elif not isinstance(error, BrokenPipeError):
                text = json.dumps({"error": {"message": str(error), "type": "bad_gateway"}}).encode()
                self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))
        finally:
            if up:
                up.sock.close()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = proxy

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def shutdown_request(self, request):
        if request.fileno() >= 0:
            super().shutdown_request(request)

    def handle_error(self, request, client_address):
        pass


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler)
    print("listening on", server.server_port, flush=True)
    server.serve_forever()
