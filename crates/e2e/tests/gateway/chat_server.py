"""A chat of the websockets library: whoever says something is answered, and `close` ends it with a code of its own."""

import asyncio

import websockets


async def chat(socket, path):
    await socket.send(f"welcome to {path}")
    async for message in socket:
        if message == "close":
            await socket.close(4001, "as you wish")
        else:
            await socket.send(message)


async def main():
    async with websockets.serve(chat, "127.0.0.1", 0, max_size=None, subprotocols=["talk"]) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


asyncio.run(main())
