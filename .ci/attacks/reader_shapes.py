"""Targets that never end: the harness as a client must stay small, and name what it saw. And a client
of the mock that never ends its request."""

import os
import re
import socket
import subprocess
import threading
import time

from bench import Figures, shape

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
ENDLESS = {
    "body": (HEAD + b"\r\n", b"data: {}\n\n" * 6_000),
    "line": (HEAD + b"\r\n", b"x" * 60_000),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 10_000),
    "trailers": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-More: 1\r\n" * 5_000),
    "head": (HEAD, b"X-More: 1\r\n" * 5_000),
    "interim heads": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2_000),
}


class Endless:
    """A target on a port of its own: it hands the request on to the upstream, and then sends to the
    client, or to the upstream, what never ends, as fast as it is read."""

    def __init__(self, upstream, head, more, floods_upstream=False):
        self.upstream, self.head, self.more = upstream, head, more
        self.floods_upstream = floods_upstream
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            with client, socket.create_connection(("127.0.0.1", self.upstream)) as upstream:
                request = client.recv(65536)
                if not request:
                    return
                if not self.floods_upstream:
                    upstream.sendall(request)
                    upstream.recv(65536)
                peer = upstream if self.floods_upstream else client
                peer.sendall(self.head)
                while True:
                    peer.sendall(self.more)
        except OSError:
            pass

    def end(self):
        self.listener.close()


def run(bench, words):
    """Runs `replay run`; its exit code, its output, its largest memory in MiB, and how long it took."""
    start, peak = time.monotonic(), 0
    environment = {k: v for k, v in os.environ.items() if k != "CI"}
    with subprocess.Popen([bench.replay, "run", "recordings/chat-english.jsonl", *words],
                          env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        output = []
        reader = threading.Thread(target=lambda: output.append(process.stdout.read()), daemon=True)
        reader.start()
        while process.poll() is None and time.monotonic() - start < 120:
            try:
                peak = max(peak, Figures(process.pid).memory)
            except (OSError, ProcessLookupError):
                break
            time.sleep(0.02)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
        reader.join(10)
    text = (output or [b""])[0].decode(errors="replace")
    return process.returncode, text, peak, time.monotonic() - start


def judge(bench, name, head, more, floods_upstream=False):
    """Runs one plan through an endless target, and says what must hold."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    target = Endless(port, head, more, floods_upstream)
    code, text, peak, seconds = run(bench, [
        "--target", f"http://127.0.0.1:{target.port}", "--listen", f"127.0.0.1:{port}",
        "--plan", "cuts=whole"])
    target.end()
    found = re.search(r"^ *[a-z]+ +[A-Z]+: .*$|^replay: .*$", text, re.M)
    bench.note(f"{name}: exit {code}, {peak:.0f} MiB, {seconds:.1f} s"
               + (f"; {found.group(0).strip()[:110]}" if found else ""))
    bench.hold(code in (1, 2), f"{name}: exit {code} instead of a failure")
    bench.hold("PASSED" not in text, f"{name}: passed")
    bench.hold(peak < 256, f"{name}: {peak:.0f} MiB")
    return text


@shape("endless-answers")
def endless_answers(bench):
    """targets whose answer never ends are failures with a name, in little memory"""
    for name, (head, more) in ENDLESS.items():
        text = judge(bench, name, head, more)
        bench.hold("FAILED" in text, f"{name}: is not called a failure of the target")


@shape("endless-requests")
def endless_requests(bench):
    """requests to the mock that never end cost little memory, and the run ends"""
    shapes = {
        "request body": (b"POST /compatible-mode/v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
                         b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n"),
        "request head": (b"POST / HTTP/1.1\r\nHost: x\r\n", b"X-More: 1\r\n" * 5_000),
        "request line": (b"POST /", b"x" * 60_000),
    }
    for name, (head, more) in shapes.items():
        judge(bench, name, head, more, floods_upstream=True)
