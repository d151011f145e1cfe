"""What load shapes share: servers, clients, and what a process holds."""

import os
import re
import selectors
import signal
import socket
import subprocess
import threading
import time

SHAPES = {}


def shape(name):
    """Registers a load shape under a name."""
    def register(function):
        SHAPES[name] = function
        return function
    return register


class Figures:
    """What a process holds: memory in MiB, descriptors, and those of them that are sockets."""

    def __init__(self, pid):
        with open(f"/proc/{pid}/status") as status:
            found = re.search(r"VmRSS:\s+(\d+)", status.read())
        if not found:
            raise ProcessLookupError(f"process {pid} has ended")
        self.memory = int(found.group(1)) / 1024
        self.descriptors, self.sockets = 0, 0
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                target = os.readlink(f"/proc/{pid}/fd/{name}")
            except OSError:
                continue
            self.descriptors += 1
            self.sockets += target.startswith("socket:")


class Server:
    """A command of replay that serves until it is ended."""

    def __init__(self, bench, words, environment=None, stderr=None):
        self.bench, self.name = bench, words[0]
        full = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy") and k != "CI"}
        full.update(environment or {})
        self.process = subprocess.Popen(
            [bench.replay, *words], env=full, stdout=subprocess.PIPE,
            stderr=stderr if stderr is not None else subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)(\S*)", line)
        if not found:
            raise RuntimeError(f"replay {self.name} did not start: {line!r}")
        self.port, self.url = int(found.group(1)), found.group(0)
        self.before = self.peak = self.after = None

    def look(self):
        """Looks at the process, and keeps the largest of each figure."""
        try:
            now = Figures(self.process.pid)
        except OSError:
            return None
        if self.before is None:
            self.before = now
        if self.peak is None:
            self.peak = Figures(self.process.pid)
        for key, value in vars(now).items():
            setattr(self.peak, key, max(getattr(self.peak, key), value))
        self.after = now
        return now

    def row(self):
        b, p, a = self.before, self.peak, self.after
        memory = f"{b.memory:.1f} / {p.memory:.1f} / {a.memory:.1f}"
        descriptors = f"{b.descriptors} / {p.descriptors} / {a.descriptors}"
        sockets = f"{b.sockets} / {p.sockets} / {a.sockets}"
        return f"{self.bench.name:16} {self.name:9} {memory:>22} {descriptors:>18} {sockets:>18}"

    def end(self, number=signal.SIGTERM, seconds=10):
        """Ends the server; how long that took, or None when it had to be killed."""
        start = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(seconds)
            return time.monotonic() - start
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None
        finally:
            self.process.stdout.close()


class Bench:
    """One run of one shape."""

    def __init__(self, name, replay):
        self.name, self.replay = name, replay
        self.servers, self.failures, self.notes = [], [], []
        self.watched, self.sockets = [], []
        self.is_over = threading.Event()
        self.watcher = threading.Thread(target=self._watch, daemon=True)
        self.watcher.start()

    def _watch(self):
        while not self.is_over.wait(0.02):
            for server in list(self.watched):
                server.look()

    def serve(self, *words, **options):
        server = Server(self, list(words), **options)
        self.servers.append(server)
        return server

    def proxy(self, upstream=None, **environment):
        """A proxy before `upstream` (a port; a mock of its own without one)."""
        self.upstream = upstream or self.serve("mock", "--pacing", "1ms").port
        return self.serve("proxy", environment={
            "DASHSCOPE_API_KEY": "any", "PORT": "0", "HOST": "127.0.0.1",
            "QWEN_BASE_URL": f"http://127.0.0.1:{self.upstream}/compatible-mode/v1", **environment})

    def watch(self, server):
        """From now on the server's figures are taken; this is `before`, once it has started up."""
        last = None
        for _ in range(40):
            now = server.look()
            if now is None or last == (now.descriptors, now.sockets):
                break
            last = (now.descriptors, now.sockets)
            server.before = server.peak = None
            time.sleep(0.05)
        if server.before is None:
            server.look()
        self.watched.append(server)

    def hold(self, condition, text):
        if not condition:
            self.failures.append(text)

    def note(self, text):
        self.notes.append(text)

    def client(self, server, text=b"", blocking=True):
        """Connects a client and sends what goes at once."""
        client = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        self.sockets.append(client)
        if text:
            client.sendall(text)
        client.setblocking(blocking)
        if blocking:
            client.settimeout(20)
        return client

    def serves(self, server, seconds=30):
        """Asks for /health until it is answered with 200. A full proxy may refuse for a while: it must be
        back within `seconds`."""
        start, tries = time.monotonic(), []

        def is_answered():
            try:
                answer, took = ask(server, HEALTH)
            except OSError as error:
                answer, took = type(error).__name__.encode(), 0
            tries.append((answer.split(b"\r\n")[0].decode(errors="replace") or "no answer", took))
            return answer.startswith(b"HTTP/1.1 200")

        self.hold(self.wait(seconds, is_answered), f"/health is not answered meanwhile: {tries[-1][0]}")
        self.note(f"/health meanwhile: {tries[-1][1] * 1000:.0f} ms"
                  + (f", refused {len(tries) - 1} times in {time.monotonic() - start:.1f} s before"
                     if len(tries) > 1 else ""))

    def leave(self):
        """Closes all clients."""
        for client in self.sockets:
            client.close()
        self.sockets = []

    def wait(self, seconds, condition):
        """Waits until a condition holds; whether it does."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def settle(self, server, seconds=10):
        """Waits until the server has no more sockets than before; then this is `after`."""
        fell = self.wait(seconds, lambda: server.look().sockets <= server.before.sockets)
        now = server.after
        self.hold(fell, f"{now.sockets - server.before.sockets} connections are left after {seconds} s")
        self.hold(now.descriptors <= server.before.descriptors,
                  f"{now.descriptors - server.before.descriptors} descriptors are left")

    def end(self):
        self.is_over.set()
        self.watcher.join()
        for server in self.watched:
            if server.before:
                print(server.row())
        self.leave()
        for server in reversed(self.servers):
            self.hold(server.end() is not None or server.process.returncode is None,
                      f"replay {server.name} did not end within 10 s of SIGTERM")


def ask(server, text, seconds=20):
    """Sends one request and reads to the end of the answer; its bytes, and how long it took."""
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as client:
        client.sendall(text)
        received = b""
        while True:
            try:
                more = client.recv(65536)
            except (socket.timeout, ConnectionError):
                break
            if not more:
                break
            received += more
            if is_whole(received):
                break
    return received, time.monotonic() - start


def is_whole(received):
    """Whether an answer is whole, by its length or its last chunk."""
    head, gap, body = received.partition(b"\r\n\r\n")
    if not gap:
        return False
    length = re.search(rb"\r\nContent-Length: (\d+)", head, re.I)
    if length:
        return len(body) >= int(length.group(1))
    return body.endswith(b"0\r\n\r\n") or b" 204 " in head.split(b"\r\n")[0]


def send_until_blocked(clients, text, seconds, total):
    """Lets clients that never read send `text` over and over, until none can or `total` bytes of each
    have gone; how many bytes went."""
    selector = selectors.DefaultSelector()
    left = {}
    for client in clients:
        client.setblocking(False)
        selector.register(client, selectors.EVENT_WRITE)
        left[client] = total
    end, sent, block = time.monotonic() + seconds, 0, text * max(1, 65536 // len(text))
    offset = {client: 0 for client in clients}
    while selector.get_map() and time.monotonic() < end:
        ready = selector.select(1)
        if not ready:
            break
        for key, _ in ready:
            client = key.fileobj
            try:
                count = client.send(block[offset[client]:])
            except BlockingIOError:
                continue
            except OSError:
                selector.unregister(client)
                continue
            offset[client] = (offset[client] + count) % len(block)
            sent += count
            left[client] -= count
            if left[client] <= 0:
                selector.unregister(client)
    selector.close()
    return sent


HEALTH = b"GET /health HTTP/1.1\r\nHost: p\r\n\r\n"
BODY = b'{"model":"qwen-plus","messages":[{"role":"user","content":"Hello"}],"stream":true}'
CHAT = (b"POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(BODY)) + BODY
