// Watches the board of board_server.mjs and posts to it with fetch; ends with an error if anything goes wrong.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [library, port, secret, trusted] = process.argv.slice(2)
const WebSocket = createRequire(import.meta.url)(library)
const base = `http://127.0.0.1:${port}`
const options = { ca: readFileSync(trusted), perMessageDeflate: true }

// Each with what it has been told and not been asked about.
const watchers = await Promise.all(
  [`ws://127.0.0.1:${port}`, `wss://127.0.0.1:${secret}`].flatMap((address) =>
    [...Array(5)].map(async () => {
      const socket = new WebSocket(`${address}/watch`, options)
      const told = []
      const waiting = []
      socket.on('message', (data, binary) => {
        const message = binary ? data : JSON.parse(data)
        const waits = waiting.shift()
        if (waits) waits(message)
        else told.push(message)
      })
      const next = () => (told.length ? told.shift() : new Promise((resolve) => waiting.push(resolve)))
      await once(socket, 'open')
      assert.deepEqual(await next(), { hello: address.startsWith('wss') ? 'https' : 'http' })
      return { socket, next }
    }),
  ),
)
for (let n = 1; n <= 20; n++) {
  const answer = await fetch(`${base}/notes`, { method: 'POST', body: `note ${n}` })
  assert.equal(answer.status, 201)
  for (const { next } of watchers) assert.deepEqual(await next(), { note: `note ${n}`, of: n })
}
assert.equal((await (await fetch(`${base}/notes`)).json()).length, 20)
for (const { socket, next } of watchers) {
  const sent = Buffer.alloc(400_000, 'bytes')
  socket.send(sent)
  assert.ok(sent.equals(await next()))
  socket.ping()
  await once(socket, 'pong')
}
// The page of another path is no place to watch: the answer is the application's.
const nowhere = new WebSocket(`ws://127.0.0.1:${port}/elsewhere`)
const [, refused] = await once(nowhere, 'unexpected-response')
assert.equal(refused.statusCode, 400)
for (const { socket } of watchers) {
  socket.close(4002, 'enough')
  const [code, reason] = await once(socket, 'close')
  assert.deepEqual([code, String(reason)], [4002, 'enough'])
}
console.log('all is well')
process.exit(0)
