"""Clients that do not read, and clients that come and go."""

import selectors
import socket
import struct
import time

from bench import CHAT, HEALTH, ask, is_whole, send_until_blocked, shape

OPTIONS = b"OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: p\r\n\r\n"


@shape("pipeline")
def pipeline(bench):
    """20 clients pipeline what the proxy answers itself and never read: at most 1 MiB each"""
    proxy = bench.proxy()
    ask(proxy, HEALTH)
    bench.watch(proxy)
    clients = [bench.client(proxy) for _ in range(20)]
    texts = [HEALTH, OPTIONS, b"GET /nowhere HTTP/1.1\r\nHost: p\r\n\r\n", CHAT]
    sent = sum(send_until_blocked(clients[i::4], texts[i], 5, 64 << 20) for i in range(4))
    proxy.look()
    each = (proxy.peak.memory - proxy.before.memory) / len(clients)
    bench.note(f"{sent / (1 << 20):.0f} MiB sent, {each:.2f} MiB held for each client")
    bench.hold(each <= 1, f"a client that does not read costs {each:.2f} MiB")
    bench.serves(proxy)
    bench.leave()
    bench.settle(proxy)


@shape("never-read")
def never_read(bench):
    """1,500 clients ask for much, close nothing and never read: SEND_TIMEOUT ends them"""
    proxy = bench.proxy(SEND_TIMEOUT="3")
    ask(proxy, HEALTH)
    bench.watch(proxy)
    clients = []
    for _ in range(1500):
        client = socket.socket()
        # Small segments and a small window keep the kernel's own buffers small: what waits is the proxy's.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        client.connect(("127.0.0.1", proxy.port))
        bench.sockets.append(client)
        clients.append(client)
    sent = send_until_blocked(clients, OPTIONS, 20, 256 << 10)
    bench.note(f"{sent / (1 << 20):.0f} MiB sent")
    bench.serves(proxy)
    # The clients keep their ends open: the proxy has to end them by itself.
    bench.settle(proxy, 40)


@shape("growth")
def growth(bench):
    """50,000 requests and 10,000 aborts: nothing is left of them"""
    # Without pacing: paced answers would take minutes and show nothing more.
    proxy = bench.proxy(bench.serve("mock", "--pacing", "none").port)
    run(bench, proxy, [HEALTH, CHAT], 2_000)
    abort(bench, proxy, 1_000)
    time.sleep(0.5)
    bench.watch(proxy)
    run(bench, proxy, [HEALTH] * 9 + [CHAT], 50_000)
    abort(bench, proxy, 10_000)
    bench.settle(proxy)
    more = proxy.after.memory - proxy.before.memory
    bench.hold(more <= 8, f"{more:.1f} MiB more than before")


def run(bench, proxy, requests, count):
    """Asks `count` times, on eight connections."""
    selector = selectors.DefaultSelector()
    started = done = 0
    received = {}

    def begin(client):
        nonlocal started
        received[client] = b""
        client.sendall(requests[started % len(requests)])
        started += 1

    for _ in range(8):
        client = bench.client(proxy)
        selector.register(client, selectors.EVENT_READ)
        begin(client)
    end = time.monotonic() + 100
    while done < count:
        if time.monotonic() > end:
            raise RuntimeError(f"{done} of {count} requests are answered after 100 s")
        for key, _ in selector.select(20):
            client = key.fileobj
            data = client.recv(65536)
            received[client] += data
            if data and not is_whole(received[client]):
                continue
            if not data:
                # An answer that was cut ends its connection: the next request takes another one.
                selector.unregister(client)
                client.close()
                client = bench.client(proxy)
                received[client] = received.pop(key.fileobj)
                selector.register(client, selectors.EVENT_READ)
            if not received[client].startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"answered {received[client][:60]!r}")
            done += 1
            if started < count:
                begin(client)
    selector.close()
    bench.leave()


def abort(bench, proxy, count):
    """Leaves `count` times in the middle: before, inside and behind a request, and in an answer."""
    texts = [b"", CHAT[:30], CHAT[:-5], CHAT, CHAT, HEALTH]
    for number in range(count):
        client = bench.client(proxy, texts[number % len(texts)])
        if number % len(texts) == 4:
            client.recv(200)
        if number % 2:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        bench.sockets.clear()
