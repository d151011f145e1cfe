"""The upstream, the client and the judge of .ci/tls-faults."""
import collections, os, random, select, socket, ssl, struct, subprocess, sys, threading, time

replay, folder, count, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
EVENTS = [b'data: {"n":%d,"text":"%s"}\n\n' % (n, b"x" * (n * 37 % 400)) for n in range(24)]
BODY = b"".join(EVENTS) + b"data: [DONE]\n\n"


class Fault:
    """What happens to one answer, by its number."""

    def __init__(self, number):
        draw = random.Random(seed * 1_000_003 + number)
        self.framing = draw.choice(["chunked", "length", "close"])
        self.kind = draw.choice(["none", "fin", "reset", "stall-reset", "flip", "notice", "alert"])
        self.version = draw.choice([ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
        self.record = draw.choice([1, 7, 64, 500, 4096, 16384])
        # A place in everything that the upstream sends, its handshake included; half of them early.
        self.share = draw.random() ** draw.choice([1, 3])
        self.write = draw.choice([1 << 20, 1 << 20, 1400, 97])

    def answer(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        if self.framing == "length":
            return head + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
        if self.framing == "close":
            return head + b"Connection: close\r\n\r\n" + BODY
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(e), e) for e in EVENTS + [b"data: [DONE]\n\n"])
        return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


contexts = {}
for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
    context.minimum_version = context.maximum_version = version
    contexts[version] = context


class Upstream:
    """One connection, whose ciphertext can be broken at any byte."""

    def __init__(self, connection, fault):
        self.socket, self.fault = connection, fault
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = contexts[fault.version].wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.sent = 0
        # About the size of a handshake and the answer: a fault beyond it never happens.
        total = 2_600 + len(fault.answer()) + 24 * (len(fault.answer()) // fault.record + 1)
        self.limit = int(fault.share * total) if fault.kind != "none" else None
        self.said_all = self.broke = False

    def flush(self):
        data = self.outgoing.read()
        while data:
            piece = data[: self.fault.write]
            data = data[len(piece):]
            breaks_here = self.limit is not None and self.sent + len(piece) > self.limit
            if self.fault.kind in ("notice", "alert") and breaks_here:
                self.socket.sendall(piece)
                raise StopIteration  # These two end between records.
            if breaks_here and self.fault.kind == "flip":
                place = self.limit - self.sent
                piece = piece[:place] + bytes([piece[place] ^ 0x55]) + piece[place + 1:]
                self.limit = None
                self.broke = True
            elif breaks_here:
                piece = piece[: self.limit - self.sent]
                self.socket.sendall(piece)
                raise StopIteration
            self.socket.sendall(piece)
            self.sent += len(piece)

    def feed(self, step):
        while True:
            try:
                result = step()
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                data = self.socket.recv(65536)
                if not data:
                    raise ConnectionError
                self.incoming.write(data)

    def run(self):
        try:
            self.feed(self.tls.do_handshake)
            request = b""
            while not request.endswith(b"}"):
                request += self.feed(lambda: self.tls.read(65536))
            answer = self.fault.answer()
            for start in range(0, len(answer), self.fault.record):
                self.tls.write(answer[start:start + self.fault.record])
                if self.fault.write < 1 << 20 or start % 8 == 0:
                    self.flush()
            self.flush()
            self.said_all = True
            self.notice()
            self.socket.shutdown(socket.SHUT_WR)
            while self.socket.recv(65536):
                pass
        except StopIteration:
            self.broke = True
            if self.fault.kind == "notice":
                self.notice()
            elif self.fault.kind == "alert":
                self.incoming.write(b"\x17\x03\x03\x00\x20" + bytes(32))
                try:
                    self.tls.read(1)
                except ssl.SSLError:
                    pass
                self.socket.sendall(self.outgoing.read())
            elif self.fault.kind != "fin":
                if self.fault.kind == "stall-reset":
                    time.sleep(0.02)
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except (OSError, ssl.SSLError):
            pass
        finally:
            self.socket.close()

    def notice(self):
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass
        data = self.outgoing.read()
        if data:
            self.socket.sendall(data)


listener = socket.create_server(("127.0.0.1", 0), backlog=64)
upstream_port = listener.getsockname()[1]
env = {"PATH": os.environ["PATH"], "DASHSCOPE_API_KEY": "any", "PORT": "0",
       "CONNECT_TIMEOUT": "5"}
proxy = subprocess.Popen(
    [replay, "proxy", "--listen", "127.0.0.1:0", "--upstream",
     "https://127.0.0.1:%d/v1" % upstream_port, "--ca", folder + "/cert.pem"],
    stdout=subprocess.PIPE, stderr=open(folder + "/errors", "w"), env=env)
line = proxy.stdout.readline().decode()
port = int(line.rsplit(":", 1)[1].split("/")[0])


def descriptors():
    return len(os.listdir("/proc/%d/fd" % proxy.pid)) if os.path.isdir("/proc") else 0


def ask():
    """What a client gets: the status, the body, and whether it ended in order."""
    body = b'{"model":"m","messages":[],"stream":true}'
    client = socket.create_connection(("127.0.0.1", port))
    client.settimeout(30)
    client.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Type: application/json\r\n"
                   b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    data = b""
    try:
        while piece := client.recv(65536):
            data += piece
    except OSError as error:
        if isinstance(error, TimeoutError):
            return 0, b"", False, "silent"
    client.close()
    head, _, rest = data.partition(b"\r\n\r\n")
    status = int(head.split()[1]) if head else 0
    if b"transfer-encoding: chunked" not in head.lower():
        return status, rest, bool(head), "plain"
    content, is_whole = b"", False
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        try:
            length = int(size, 16)
        except ValueError:
            break
        if length == 0:
            is_whole = True
            break
        content, rest = content + rest[:length], rest[length + 2:]
    return status, content, is_whole, "chunked"


def one(number):
    fault = Fault(number)
    upstreams = []

    def serve():
        # The proxy may try again only if no byte of the request had been sent.
        connection, _ = listener.accept()
        upstream = Upstream(connection, fault)
        upstreams.append(upstream)
        upstream.run()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    status, content, is_whole, how = ask()
    thread.join(10)
    upstream = upstreams[0] if upstreams else None
    outcome = "%s %s" % (fault.kind, fault.framing)
    if how == "silent":
        return outcome, "the client got nothing for 30 s"
    is_claimed = status == 200 and is_whole and b"error" not in content.replace(BODY, b"")
    if fault.kind == "notice" and fault.framing == "close" and status == 200 and is_whole:
        # close_notify ends a body without framing in order; the proxy ends its last event.
        passed = content if BODY.startswith(content) else content.removesuffix(b"\n\n")
        passed = passed if BODY.startswith(passed) else content.removesuffix(b"\n")
        return outcome + " in order", None if BODY.startswith(passed) else "other bytes"
    if status == 200 and not BODY.startswith(content.split(b"event: error")[0].split(b"data: {\"error")[0]):
        return outcome, "bytes that the upstream did not send: %r" % content[-200:]
    if is_claimed and content != BODY:
        return outcome, "a false end: %d of %d bytes, called whole" % (len(content), len(BODY))
    if fault.kind == "none" and not is_claimed:
        return outcome, "a whole answer was not passed on: %d, %r" % (status, content[-120:])
    if fault.framing == "close" and is_claimed and upstream and not upstream.said_all \
            and fault.kind not in ("none", "notice"):
        return outcome, "whole without close_notify"
    return outcome + (" whole" if is_claimed else " %d" % status), None


tally, failures = collections.Counter(), []
for number in range(40):  # What a proxy keeps for good it has then.
    one(10_000_000 + number)
time.sleep(5)
before = descriptors()
start = time.time()
for number in range(count):
    outcome, failure = one(number)
    tally[outcome] += 1
    if failure:
        failures.append("fault %d (%s): %s" % (number, outcome, failure))
        if len(failures) > 20:
            break
    if proxy.poll() is not None:
        failures.append("fault %d: the proxy has ended with %d" % (number, proxy.poll()))
        break
seconds = time.time() - start
for _ in range(100):
    if proxy.poll() is not None or descriptors() <= before:
        break
    time.sleep(0.1)
if proxy.poll() is None and descriptors() > before:
    failures.append("%d descriptors more than before" % (descriptors() - before))
for name in sorted(tally):
    print("  %5d  %s" % (tally[name], name))
print("%d faults in %.1f s; %d descriptors before, %s after"
      % (sum(tally.values()), seconds, before, descriptors() if proxy.poll() is None else "-"))
proxy.terminate()
proxy.wait()
for failure in failures:
    print("FAILED: " + failure)
print("all held" if not failures else "see " + replay)
sys.exit(1 if failures else 0)
