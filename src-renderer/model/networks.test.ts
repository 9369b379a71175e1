import { expect, test } from 'vitest'
import { isByNodes, isRpcUrl } from './networks.ts'

test('a ledger is reached by TLS, or in the clear on this computer only', () => {
  for (const url of ['https://node.example', 'http://127.0.0.1:9000', 'http://localhost:9000', 'http://[::1]:9000'])
    expect(isRpcUrl(url), url).toBe(true)
  for (const url of ['', 'ftp://x', 'http://node.example', 'https://a:b@node.example', 'http://127.0.0.1.evil.example'])
    expect(isRpcUrl(url), url).toBe(false)
})

test('a ledger that is asked through relay nodes has a chain instead of a URL', () => {
  expect(isByNodes('s2:3f6c0a11')).toBe(true)
  for (const url of ['', 's2:', 's2:3f6c0a1', 's2:3F6C0A11', 'https://s2:3f6c0a11'])
    expect(isByNodes(url), url).toBe(false)
})
