"""A WebSocket echo (RFC 6455) of the standard library alone: a handshake, then every message comes back."""

import base64
import hashlib
import socketserver
import struct

KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        fields = {}
        if not self.rfile.readline().startswith(b"GET /chat"):
            return
        while line := self.rfile.readline().strip():
            name, value = line.split(b":", 1)
            fields[name.strip().lower()] = value.strip()
        if fields.get(b"upgrade", b"").lower() != b"websocket":
            self.wfile.write(b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n")
            return
        accept = base64.b64encode(hashlib.sha1(fields[b"sec-websocket-key"] + KEY).digest())
        # The first message follows the head in the same write: it must not be lost.
        hello = b"hello " + fields.get(b"sec-websocket-protocol", b"nobody")
        self.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + self.frame(1, hello)
        )
        while True:
            kind, message = self.read()
            if kind == 8:
                self.wfile.write(self.frame(8, message))
                return
            self.wfile.write(self.frame(10 if kind == 9 else kind, message))

    def read(self):
        first, second = self.rfile.read(2)
        assert second & 0x80, "clients mask what they send"
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", self.rfile.read(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self.rfile.read(8))
        mask = self.rfile.read(4)
        data = self.rfile.read(length)
        long_mask = (mask * (length // 4 + 1))[:length]
        data = (int.from_bytes(data, "big") ^ int.from_bytes(long_mask, "big")).to_bytes(length, "big")
        return first & 0x0F, data

    @staticmethod
    def frame(kind, data):
        head = bytes([0x80 | kind])
        if len(data) < 126:
            return head + bytes([len(data)]) + data
        if len(data) < 1 << 16:
            return head + b"\x7e" + struct.pack(">H", len(data)) + data
        return head + b"\x7f" + struct.pack(">Q", len(data)) + data


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


server = Server(("127.0.0.1", 0), Echo)
print(server.server_address[1], flush=True)
server.serve_forever()
