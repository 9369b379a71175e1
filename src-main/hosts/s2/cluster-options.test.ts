import { describe, expect, it } from 'vitest'
import { readAlso, readCluster } from './cluster-options.ts'

describe('the options for a node of several processes', () => {
  it('are none without a cluster, and name its servers, its state and its credentials with one', () => {
    expect(readCluster({ data: '/data' })).toBeUndefined()
    const nats = ['nats://user:pass@192.0.2.1:4222', 'tls://nats.example.org']
    expect(readCluster({ nats, data: '/data' })).toEqual({ servers: nats, name: 'parley' })
    expect(
      readCluster({
        nats,
        data: '/data',
        natsName: 'north',
        natsCreds: '/creds',
        natsReplicas: '1',
        identity: '/node.json',
      }),
    ).toEqual({
      servers: nats,
      name: 'north',
      replicas: 1,
      creds: '/creds',
    })
  })

  it.each([
    { identity: '/node.json', data: '/data' },
    { natsName: 'north', data: '/data' },
    { natsReplicas: '3', data: '/data' },
    { nats: ['nats://user:hidden@127.0.0.1:4222'], data: '/data', natsReplicas: '0' },
    { nats: ['nats://user:hidden@127.0.0.1:4222'], data: '/data', natsReplicas: 'all' },
    { nats: ['nats://127.0.0.1:4222'] },
    { nats: ['nats://127.0.0.1:4222'], data: '/data', natsName: 'a.b' },
    { nats: ['http://user:hidden@127.0.0.1'], data: '/data' },
    { nats: ['nonsense:hidden'], data: '/data' },
  ])('refuses %o without naming a password', (args) => {
    let refusal: unknown
    try {
      readCluster(args)
    } catch (error) {
      refusal = error
    }
    expect(refusal).toMatchObject({ code: 'invalid_params' })
    expect(String(refusal)).not.toContain('hidden')
  })
})

it('other processes are named by host and port, at most three', () => {
  expect(readAlso(['10.0.0.2:7400', '[::1]:7401'])).toEqual(['wss://10.0.0.2:7400', 'wss://[::1]:7401'])
  expect(readAlso()).toEqual([])
  for (const also of [['10.0.0.2'], ['10.0.0.2:0'], ['wss://10.0.0.2:1'], ['a:1', 'b:1', 'c:1', 'd:1']])
    expect(() => readAlso(also)).toThrow(expect.objectContaining({ code: 'invalid_params' }))
})
