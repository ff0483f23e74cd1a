"""A WebSocket client of the standard library alone: words, pings, a long message, several connections, a farewell.

Arguments: the port, and a certificate's file where TLS is to be spoken. With `--between` it says "half way" after the
first message and waits for a line before it goes on.
"""

import base64
import hashlib
import os
import socket
import ssl
import struct
import sys

port, between = int(sys.argv[1]), "--between" in sys.argv
ca = sys.argv[2] if len(sys.argv) > 2 and not between else None
KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Socket:
    def __init__(self):
        plain = socket.create_connection(("127.0.0.1", port), timeout=30)
        if ca:
            context = ssl.create_default_context(cafile=ca)
            context.set_alpn_protocols(["http/1.1"])
            plain = context.wrap_socket(plain, server_hostname="site.example")
        self.socket, self.file = plain, plain.makefile("rb")
        key = base64.b64encode(os.urandom(16))
        self.socket.sendall(
            b"GET /chat HTTP/1.1\r\nHost: site.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: talk\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n"
        )
        status = self.file.readline()
        assert status.startswith(b"HTTP/1.1 101 "), status
        fields = {}
        while line := self.file.readline().strip():
            name, value = line.split(b":", 1)
            fields[name.strip().lower()] = value.strip()
        assert fields[b"upgrade"].lower() == b"websocket", fields
        assert b"upgrade" in fields[b"connection"].lower(), fields
        assert fields[b"sec-websocket-accept"] == base64.b64encode(hashlib.sha1(key + KEY).digest()), fields
        assert self.receive() == (1, b"hello talk")

    def send(self, kind, data):
        mask = os.urandom(4)
        if len(data) < 126:
            head = bytes([0x80 | kind, 0x80 | len(data)])
        elif len(data) < 1 << 16:
            head = bytes([0x80 | kind, 0x80 | 126]) + struct.pack(">H", len(data))
        else:
            head = bytes([0x80 | kind, 0x80 | 127]) + struct.pack(">Q", len(data))
        long_mask = (mask * (len(data) // 4 + 1))[: len(data)]
        data = (int.from_bytes(data, "big") ^ int.from_bytes(long_mask, "big")).to_bytes(len(data), "big")
        self.socket.sendall(head + mask + data)

    def receive(self):
        first, length = self.file.read(2)
        if length == 126:
            (length,) = struct.unpack(">H", self.file.read(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self.file.read(8))
        return first & 0x0F, self.file.read(length)

    def ask(self, kind, data, back=None):
        self.send(kind, data)
        answer = self.receive()
        assert answer == (back or kind, data), (answer[0], len(answer[1]))


sockets = [Socket() for _ in range(5)]
for number, each in enumerate(sockets):
    each.ask(1, f"message {number}".encode())
if between:
    print("half way", flush=True)
    sys.stdin.readline()
for each in sockets:
    each.ask(9, b"still there?", back=10)
    each.ask(2, os.urandom(300))
    each.ask(2, os.urandom(200_000))
for each in sockets:
    each.ask(8, struct.pack(">H", 1000) + b"farewell")
    assert each.file.read() == b"", "the connection ends after the farewell"
print("all is well")
