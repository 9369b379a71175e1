import { connect, createServer } from 'node:net'

/**
 * Runs inside a network namespace: what connects to the socket file, which is there in every namespace, is connected to a port
 * of the namespace's own loopback. `node nat-bridge.ts FILE PORT`
 */
const [file = '', port = ''] = process.argv.slice(2)

const server = createServer((outside) => {
  const own = connect(Number(port), '127.0.0.1')
  outside.pipe(own).pipe(outside)
  outside.on('error', () => own.destroy())
  own.on('error', () => outside.destroy())
})
server.listen(file, () => console.log('{"ready":true}'))
