"""Slow and large bodies."""

import time

from bench import CHAT, HEALTH, ask, send_until_blocked, shape

START = (b"POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Type: application/json\r\n"
         b"Content-Length: 9000000\r\n\r\n{")


@shape("drip")
def drip(bench):
    """1,030 clients send a byte of a body now and then: others are served, and they end"""
    proxy = bench.proxy()
    ask(proxy, HEALTH)
    bench.watch(proxy)
    clients = [bench.client(proxy, START, blocking=False) for _ in range(1030)]
    slowest, wrong = 0, 0
    start = time.monotonic()
    while time.monotonic() < start + 36:
        time.sleep(2)
        for client in clients:
            try:
                client.send(b" ")
            except OSError:
                pass
        for request in (HEALTH, CHAT):
            answer, seconds = ask(proxy, request)
            slowest = max(slowest, seconds)
            wrong += not answer.startswith(b"HTTP/1.1 200")
    bench.note(f"the slowest answer to others: {slowest * 1000:.0f} ms")
    bench.hold(wrong == 0, f"{wrong} requests of others are not answered")
    bench.settle(proxy)


@shape("bodies")
def bodies(bench):
    """60 clients hold back the last byte of 9 MB each: all together have a bound"""
    proxy = bench.proxy()
    ask(proxy, HEALTH)
    bench.watch(proxy)
    clients = [bench.client(proxy, START) for _ in range(60)]
    for client in clients:
        send_until_blocked([client], b" ", 5, 8_900_000)
    time.sleep(0.5)
    proxy.look()
    more = proxy.peak.memory - proxy.before.memory
    bench.note(f"{more:.0f} MiB for bodies that are not whole")
    bench.hold(more <= 400, f"unfinished bodies take {more:.0f} MiB")
    answer, _ = ask(proxy, CHAT)
    bench.hold(answer.startswith(b"HTTP/1.1 200"), "a small request is not answered meanwhile")
    bench.leave()
    bench.settle(proxy)
