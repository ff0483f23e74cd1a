"""The lab's application for WSGI servers: answers as it should, or fails as `?do=...` asks."""

import ctypes
import os
import socket
import time
from urllib.parse import parse_qs

FOLDER = "@FOLDER@"
CLOSED = ("127.0.0.1", int("@CLOSED@"))
SILENT = ("127.0.0.1", int("@SILENT@"))


def at_work():
    """Says which process has the request, for whoever waits for that."""
    path = os.path.join(FOLDER, "state", "busy-%d" % os.getpid())
    with open(path, "w") as file:
        file.write("at work\n")
    return path


def wait(seconds):
    path = at_work()
    time.sleep(seconds)
    os.unlink(path)


class DatabaseError(Exception):
    """What drivers of databases raise in place of the error of the socket."""


def database(address):
    try:
        connection = socket.create_connection(address, timeout=30)
        connection.recv(1)
    except OSError as problem:
        message = "connection to server at %s, port %d failed: %s" % (*address, problem.strerror)
        raise DatabaseError(message) from None


def partial(size):
    yield b"x" * size
    raise RuntimeError("lost the record while writing the page")


def application(environ, start_response):
    asked = parse_qs(environ.get("QUERY_STRING", "")).get("do", [""])[0]
    path = environ.get("REQUEST_URI") or environ.get("PATH_INFO", "")
    token = path.split("?")[0].rsplit("/", 1)[-1]
    body = ("lab %s\n" % token).encode()
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    status, headers = "200 OK", [("Content-Type", "text/plain")]

    if asked == "slow":
        time.sleep(0.3)
    elif asked == "wait":
        wait(30)
    elif asked == "segv":
        ctypes.string_at(0)
    elif asked == "exit":
        os._exit(1)
    elif asked == "exception":
        raise RuntimeError("the shop has no such shelf")
    elif asked == "cut":
        start_response(status, headers + [("Content-Length", "100000")])
        return partial(20000)
    elif asked == "cut-unframed":
        start_response(status, headers)
        return partial(20000)
    elif asked == "giant-header":
        headers.append(("X-Debug", "d" * 70000))
    elif asked == "bad-gateway":
        status, body = "502 Bad Gateway", b"the payment service answered with an error\n"
    elif asked == "unavailable":
        status, body = "503 Service Unavailable", b"down for maintenance\n"
        headers.append(("Retry-After", "30"))
    elif asked == "database-refused":
        database(CLOSED)
    elif asked == "cache-refused":
        # Clients without a driver let the error of the socket through.
        socket.create_connection(CLOSED, timeout=30)
    elif asked == "database-hangs":
        database(SILENT)

    headers.append(("Content-Length", str(len(body))))
    start_response(status, headers)
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]
