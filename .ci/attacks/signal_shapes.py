"""Signals, and an operator who reads nothing."""

import os
import signal
import time

from bench import CHAT, HEALTH, ask, shape


@shape("unread-errors")
def unread_errors(bench):
    """standard error is a pipe that nobody reads: the servers go on, and end when they are told"""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        reader, writer = os.pipe()
        mock = bench.serve("mock", "--pacing", "1ms")
        proxy = bench.serve("proxy", stderr=writer, environment={
            "DASHSCOPE_API_KEY": "any", "DEBUG_STREAMING": "true",
            "QWEN_BASE_URL": f"http://127.0.0.1:{mock.port}/compatible-mode/v1"})
        os.close(writer)
        bench.watch(proxy)
        for _ in range(80):
            answer, _ = ask(proxy, CHAT)
            if not answer.startswith(b"HTTP/1.1 200"):
                bench.hold(False, f"{signal.Signals(number).name}: a request is not answered")
                break
        proxy.look()
        start = time.monotonic()
        ended = proxy.end(number, 15)
        bench.hold(ended is not None, f"{signal.Signals(number).name} is not obeyed")
        bench.hold(proxy.process.returncode == 0, f"ended with {proxy.process.returncode}")
        bench.note(f"{signal.Signals(number).name}: ended after {time.monotonic() - start:.1f} s")
        os.close(reader)


@shape("hangup")
def hangup(bench):
    """SIGHUP ends each server in order, and not one that nohup has started"""
    for words in (["mock"], ["record", "--upstream", "http://127.0.0.1:9/v1", "--mode", "none"]):
        server = bench.serve(*words)
        ask(server, HEALTH)
        bench.watch(server)
        bench.hold(server.end(signal.SIGHUP) is not None, f"replay {words[0]} ignores SIGHUP")
        bench.hold(server.process.returncode == 0, f"replay {words[0]}: {server.process.returncode}")
