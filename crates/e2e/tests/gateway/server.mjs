// A server of Node: documents, early hints, events as they happen, trailers, and an upgrade to a protocol of its own.

import http from 'node:http'

const waiting = []

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://site.example')
  if (url.pathname === '/events') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    response.write('data: one\n\n')
    // The second event comes only once somebody has asked for it, having seen the first.
    waiting.push(() => response.end('data: two\n\n'))
    return
  }
  if (url.pathname === '/next') {
    waiting.splice(0).forEach((go) => go())
    response.end('gone on')
    return
  }
  if (url.pathname === '/hints') {
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
    response.end('hinted')
    return
  }
  if (url.pathname === '/trailers') {
    response.writeHead(200, { Trailer: 'X-Sum' })
    response.write('body')
    response.addTrailers({ 'X-Sum': '42' })
    response.end()
    return
  }
  let length = 0
  for await (const piece of request) length += piece.length
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify({ method: request.method, url: request.url, length, fields: request.headers }))
})

server.on('upgrade', (request, socket, head) => {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\n\r\n`,
  )
  if (head.length) socket.write(head)
  socket.on('error', () => socket.destroy())
  socket.pipe(socket)
})

server.listen(0, '127.0.0.1', () => console.log(server.address().port))
