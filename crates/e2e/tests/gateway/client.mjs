// Asks the server of server.mjs through a gateway; ends with an error if anything goes wrong.

import assert from 'node:assert/strict'
import http from 'node:http'
import { once } from 'node:events'

const port = Number(process.argv[2])
const base = `http://127.0.0.1:${port}`

// fetch, which keeps its connections.
for (let round = 0; round < 10; round++) {
  const asked = [...Array(8).keys()].map(async (number) => {
    const body = number % 2 ? 'x'.repeat(number * 5000) : undefined
    const answer = await fetch(`${base}/a/${round}?n=${number}`, { method: body ? 'POST' : 'GET', body })
    assert.equal(answer.status, 200)
    const document = await answer.json()
    assert.equal(document.url, `/a/${round}?n=${number}`)
    assert.equal(document.length, body?.length ?? 0)
  })
  await Promise.all(asked)
}

// A body of which nobody knows the length beforehand.
const pieces = new ReadableStream({
  start(controller) {
    for (let n = 0; n < 50; n++) controller.enqueue(new Uint8Array(3000))
    controller.close()
  },
})
const upload = await fetch(`${base}/upload`, { method: 'POST', body: pieces, duplex: 'half' })
assert.equal((await upload.json()).length, 150_000)

// Events arrive one by one.
const events = (await fetch(`${base}/events`)).body.getReader()
const decoder = new TextDecoder()
const first = await events.read()
assert.equal(decoder.decode(first.value), 'data: one\n\n')
assert.equal(await (await fetch(`${base}/next`)).text(), 'gone on')
const second = await events.read()
assert.equal(decoder.decode(second.value), 'data: two\n\n')
assert.equal((await events.read()).done, true)

// An agent that keeps its connection: the same one all along.
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
const ports = new Set()
const ask = (path, heard = () => {}) =>
  new Promise((resolve, reject) => {
    const request = http.get(`${base}${path}`, { agent }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (piece) => (body += piece))
      answer.on('end', () => resolve({ answer, body }))
    })
    request.on('socket', (socket) => {
      if (socket.localPort) ports.add(socket.localPort)
      else socket.once('connect', () => ports.add(socket.localPort))
    })
    request.on('information', heard).on('error', reject)
  })
for (let number = 0; number < 20; number++) {
  const { answer } = await ask(`/k/${number}`)
  assert.equal(answer.statusCode, 200)
}
const hints = []
const hinted = await ask('/hints', (info) => hints.push([info.statusCode, info.headers.link]))
assert.deepEqual(hints, [[103, '</style.css>; rel=preload; as=style']])
assert.equal(hinted.body, 'hinted')
const trailed = await ask('/trailers')
assert.equal(trailed.body, 'body')
assert.equal(trailed.answer.trailers['x-sum'], '42')
assert.equal(ports.size, 1, 'one connection')
agent.destroy()

// A protocol that no gateway knows, with bytes of its own right behind the head.
const upgrade = http.request(`${base}/own`, { headers: { Connection: 'Upgrade', Upgrade: 'own/1' } })
upgrade.end()
const [answer, socket] = await once(upgrade, 'upgrade')
assert.equal(answer.statusCode, 101)
assert.equal(answer.headers.upgrade, 'own/1')
const sent = Buffer.alloc(500_000, 'bytes of its own ')
let back = 0
const all = new Promise((resolve) => {
  socket.on('data', (piece) => {
    assert.ok(piece.equals(sent.subarray(back, back + piece.length)))
    back += piece.length
    if (back === sent.length) resolve()
  })
})
socket.write(sent)
await all
socket.end()
await once(socket, 'close')
console.log('all is well')
process.exit(0)
