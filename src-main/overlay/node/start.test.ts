import { type AddressInfo, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { createTestNode } from '../../testing/testnet-nodes.ts'

it('a node whose start failed can be started again, and has no status meanwhile', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as AddressInfo
  const node = createTestNode({ listen: { host: '127.0.0.1', port } })
  await expect(node.start()).rejects.toMatchObject({ message: expect.stringContaining('cannot listen') as string })
  expect(() => node.status()).toThrow('has not been started')
  await new Promise((resolve) => taken.close(resolve))
  await node.start()
  expect(node.status().links.devices).toBe(0)
  await node.stop()
})
