"""Shows by plain sockets what a proxy does, without the harness: an upstream of a few lines behind it,
a client before it, and what the client got.

Usage: verify.py CASE start-words…, as in: verify.py reset haproxy
Cases: reset (a body without framing, then RST), cut (chunks, then FIN without the last chunk), trailer
(chunks with a trailer), held (half of a chunked body, then one second of silence), partial (a chunk and
one byte of the next chunk's data, then one second), together (head and first event in one write), last
(all but the last CRLF, then one second), head (a status line and half a field, then FIN).
"""
import os
import socket
import struct
import subprocess
import sys
import threading
import time

case, words = sys.argv[1], sys.argv[2:]
event = b"data: one\n\n"
chunk = b"%x\r\n%s\r\n" % (len(event), event)
head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"


def answer(connection):
    data = b""
    while b"\r\n\r\n" not in data or not data.endswith(b"{}"):
        data += connection.recv(65536)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if case == "reset":
        connection.sendall(head + b"Connection: close\r\n\r\n" + event)
        time.sleep(0.3)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif case == "cut":
        connection.sendall(chunked + chunk)
        time.sleep(0.3)
    elif case == "trailer":
        connection.sendall(chunked + chunk + b"0\r\nX-Usage: 39\r\n\r\n")
        time.sleep(3)
    elif case == "last":
        connection.sendall(chunked + chunk + b"0\r\n")
        time.sleep(1)
        connection.sendall(b"\r\n")
    elif case == "head":
        connection.sendall(head[:30])
        time.sleep(0.3)
    else:
        connection.sendall(chunked + chunk if case == "together" else chunked)
        if case != "together":
            time.sleep(0.2)
            connection.sendall(chunk + (b"" if case == "held" else chunk[:4] + b"d"))
        time.sleep(1)
        connection.sendall((b"" if case != "partial" else chunk[5:]) + b"0\r\n\r\n")
    connection.close()


def serve(listener):
    while True:
        threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()


def listening():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener, listener.getsockname()[1]


listener, upstream = listening()
threading.Thread(target=serve, args=(listener,), daemon=True).start()
spare, port = listening()
spare.close()
start = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "start")
proxy = subprocess.Popen(
    [start, words[0], str(port), f"127.0.0.1:{upstream}"] + words[1:], stderr=subprocess.DEVNULL,
    start_new_session=True)
for _ in range(600):
    try:
        client = socket.create_connection(("127.0.0.1", port))
        break
    except OSError:
        time.sleep(0.1)
client.settimeout(2.5)
client.sendall(
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer sk-x\r\n"
    b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
began, ending = time.time(), "ended in order"
try:
    while True:
        data = client.recv(65536)
        if not data:
            break
        print(f"{(time.time() - began) * 1000:6.0f} ms {data!r}")
        if b"0\r\n\r\n" in data:
            ending = "ended by its last chunk"
            break
except socket.timeout:
    ending = "stays open, nothing more comes"
except OSError as error:
    ending = f"was reset: {error}"
print(f"{(time.time() - began) * 1000:6.0f} ms the answer {ending}")
os.killpg(proxy.pid, 15)
