"""A session of requests: kept connections, forms, files, streams both ways, redirects; ends with an error if any goes
wrong. Arguments: the addresses to ask, and the file of the certificate to trust."""

import hashlib
import sys

import requests

*bases, trusted = sys.argv[1:]
for base in bases:
    session = requests.Session()
    session.trust_env = False
    session.verify = trusted

    def ask(method, path, **more):
        answer = session.request(method, base + path, timeout=30, **more)
        answer.raise_for_status()
        return answer

    for number in range(30):
        body = bytes([number]) * (number * 999)
        document = ask(("POST", "PUT")[number % 2], f"/n/{number}", data=body).json()
        assert (document["path"], document["sha256"]) == (f"/n/{number}", hashlib.sha256(body).hexdigest()), document
    document = ask("GET", "/search", params={"q": "Zürich & more"}).json()
    assert document["path"] == "/search?q=Z%C3%BCrich+%26+more", document

    # A generator goes in chunks, and a file beside a form in parts.
    pieces = [bytes([number]) * 7000 for number in range(40)]
    document = ask("POST", "/stream", data=(piece for piece in pieces)).json()
    assert document["sha256"] == hashlib.sha256(b"".join(pieces)).hexdigest(), document
    document = ask("POST", "/form", data={"name": "Ada"}, files={"photo": ("p.bin", b"x" * 300_000)}).json()
    assert document["fields"]["content-type"].startswith("multipart/form-data"), document

    moved = ask("GET", "/old/page", params={"x": "1"})
    assert [one.status_code for one in moved.history] == [moved.history[0].status_code], moved.history
    assert moved.url.endswith("/new/page?x=1") and moved.json()["path"] == "/new/page?x=1", moved.url
    head = session.head(base + "/head", timeout=30)
    assert head.status_code == 200 and head.content == b"", head
print("all is well")
