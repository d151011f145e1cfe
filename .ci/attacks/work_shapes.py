"""Work that one client makes for all."""

import socket
import threading

from bench import CHAT, HEALTH, ask, send_until_blocked, shape


# Generous: a machine may be slow, but a loop that stands still stands for minutes.
SECONDS_MAX = 30


def meanwhile(bench, proxy, work):
    """Asks for /health while `work` goes on; the slowest answer must come within SECONDS_MAX."""
    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    slowest = 0
    while worker.is_alive():
        answer, seconds = ask(proxy, HEALTH, 60)
        slowest = max(slowest, seconds)
        bench.hold(answer.startswith(b"HTTP/1.1 200"), "/health is not answered meanwhile")
        worker.join(0.02)
    bench.note(f"the slowest /health meanwhile: {slowest * 1000:.0f} ms")
    bench.hold(slowest <= SECONDS_MAX, f"/health took {slowest:.1f} s")


@shape("options")
def options(bench):
    """heads whose Connection field names thousands of fields, one after the other"""
    proxy = bench.proxy()
    ask(proxy, HEALTH)
    bench.watch(proxy)
    head = (b"POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nConnection: " + b"a," * 7000 + b"b\r\n"
            + b"c: d\r\n" * 90 + b"Content-Length: 2\r\n\r\n{}")

    def work():
        for _ in range(200):
            ask(proxy, head)

    meanwhile(bench, proxy, work)
    bench.settle(proxy)


@shape("joined")
def joined(bench):
    """STREAM=false: streams of members that are many, alike, or made of escapes"""
    streams = [
        b"".join(b'data: {"m%d":1,"choices":[]}\n\n' % n for n in range(20_000)),
        b'data: {"choices":[{"index":0,"delta":{' + b",".join(b'"k%d":"v"' % n for n in range(40_000))
        + b"}}]}\n\n",
        b"".join(b'data: {"choices":[{"index":%d,"delta":{"content":"x"}}]}\n\n' % n for n in range(15_000)),
        b"".join(b"data: \n" for _ in range(100_000)) + b"\n",
        b'data: {"a":' + b"[" * 300_000 + b"\n\n",
    ]
    upstream = Upstream(streams)
    proxy = bench.proxy(upstream.port, STREAM="false")
    ask(proxy, HEALTH)
    bench.watch(proxy)

    def work():
        for _ in streams:
            ask(proxy, CHAT, 60)

    meanwhile(bench, proxy, work)
    upstream.end()
    bench.settle(proxy)


class Upstream:
    """Answers each connection with the next stream."""

    def __init__(self, streams):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.streams = streams
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        for stream in self.streams:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                client.recv(65536)
                body = stream + b"data: [DONE]\n\n"
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                               b"Connection: close\r\n\r\n" + body)

    def end(self):
        self.listener.close()
