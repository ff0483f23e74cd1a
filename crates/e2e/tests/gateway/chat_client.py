"""Clients of the websockets library, many at a time; ends with an error if anything goes wrong.

Arguments: the addresses to talk to, and the file of the certificate to trust.
"""

import asyncio
import os
import ssl
import sys

import websockets

*addresses, trusted = sys.argv[1:]


async def talk(address, number):
    context = ssl.create_default_context(cafile=trusted) if address.startswith("wss:") else None
    options = {"ssl": context, "max_size": None, "subprotocols": ["talk"], "open_timeout": 30}
    async with websockets.connect(f"{address}/room/{number}?n={number}", **options) as socket:
        assert socket.subprotocol == "talk", socket.subprotocol
        assert await socket.recv() == f"welcome to /room/{number}?n={number}"
        for message in ["a word", "Grüße, 世界", "x" * 300_000, os.urandom(1_000_000), b""]:
            await socket.send(message)
            assert await socket.recv() == message, f"{len(message)} bytes did not come back"
        # A message in fragments comes back as one.
        await socket.send(piece for piece in ["in ", "three ", "pieces"])
        assert await socket.recv() == "in three pieces"
        pong = await socket.ping()
        await asyncio.wait_for(pong, 30)
        await socket.send("close")
        await asyncio.wait_for(socket.wait_closed(), 30)
        assert (socket.close_code, socket.close_reason) == (4001, "as you wish"), socket.close_code


async def main():
    await asyncio.gather(*(talk(address, number) for address in addresses for number in range(10)))


asyncio.run(main())
print("all is well")
