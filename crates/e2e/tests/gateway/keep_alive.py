"""Many requests over one connection, and a few with urllib; ends with an error if any goes wrong."""

import hashlib
import http.client
import json
import sys
import urllib.parse
import urllib.request

port = int(sys.argv[1])
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
connection.connect()
first = connection.sock
for number in range(60):
    method = ("GET", "POST", "PUT", "DELETE")[number % 4]
    body = bytes([number]) * (number * 977) if method in ("POST", "PUT") else None
    if number % 8 == 1:
        # A generator goes in chunks.
        sent = (body[at : at + 1000] for at in range(0, len(body), 1000))
        connection.request(method, f"/n/{number}?q={number}", sent, encode_chunked=True,
                           headers={"Transfer-Encoding": "chunked"})
    else:
        connection.request(method, f"/n/{number}?q={number}", body)
    answer = connection.getresponse()
    document = json.loads(answer.read())
    assert answer.status == 200, answer.status
    assert (document["method"], document["path"]) == (method, f"/n/{number}?q={number}"), document
    assert document["sha256"] == hashlib.sha256(body or b"").hexdigest(), document
    assert connection.sock is first, f"the connection ended after request {number}"
connection.close()

opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
form = urllib.parse.urlencode({"name": "Ada Lovelace", "town": "Zürich"}).encode()
with opener.open(f"http://127.0.0.1:{port}/form", form, timeout=30) as answer:
    document = json.load(answer)
assert document["fields"]["content-type"] == "application/x-www-form-urlencoded", document
assert document["sha256"] == hashlib.sha256(form).hexdigest(), document
with opener.open(f"http://127.0.0.1:{port}/old/page?x=1", timeout=30) as answer:
    assert answer.geturl() == f"http://127.0.0.1:{port}/new/page?x=1", answer.geturl()
    assert json.load(answer)["path"] == "/new/page?x=1"
print("all is well")
