import { once } from 'node:events'
import { WebSocket } from 'ws'
import { silentLog } from '../../base/index.ts'
import { transportSuite } from '../testing/index.ts'
import { createHeadlessHost } from './index.ts'

transportSuite('WebSocket', async (app) => {
  const host = createHeadlessHost({ app, rendererDir: '/nowhere', listen: '127.0.0.1:0', log: silentLog })
  const { url, api } = await host.start()
  const entered = await fetch(url, { redirect: 'manual' })
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
  const socket = new WebSocket(`${api.replace('http', 'ws')}/rpc`, { origin: api, headers: { cookie } })
  await once(socket, 'open')
  return {
    channel: {
      post: (bytes) => socket.send(bytes),
      receive: (receiver) => void socket.on('message', (data: Buffer) => receiver(new Uint8Array(data))),
    },
    close: async () => {
      socket.terminate()
      await host.stop()
    },
  }
})
