// An application of Node with WebSockets by `ws`: a board whose notes are posted over HTTP and told to all who watch.

import http from 'node:http'
import { createRequire } from 'node:module'

const { WebSocketServer } = createRequire(import.meta.url)(process.argv[2])
const notes = []

const server = http.createServer(async (request, response) => {
  if (request.method === 'POST') {
    let note = ''
    for await (const piece of request.setEncoding('utf8')) note += piece
    notes.push(note)
    for (const watcher of board.clients) watcher.send(JSON.stringify({ note, of: notes.length }))
    response.writeHead(201).end()
    return
  }
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(notes))
})

const board = new WebSocketServer({ server, path: '/watch' })
board.on('connection', (watcher, request) => {
  watcher.send(JSON.stringify({ hello: request.headers['x-forwarded-proto'] }))
  watcher.on('message', (data, binary) => watcher.send(data, { binary }))
})

server.listen(0, '127.0.0.1', () => console.log(server.address().port))
