import { describe, expect, test } from 'vitest'
import { fromHex } from '../../../base/index.ts'
import vectors from '../vectors/iota-golden.json' with { type: 'json' }
import { encodeGoldenEffects } from '../vectors/golden-effects.ts'
import { coinContents, gasSize, objectDigest, type ObjectType } from './index.ts'

describe('objects of the IOTA testnet', () => {
  for (const { digest, type, contents, owner, storageRebate, previousTransaction, version } of vectors.objects) {
    const fields = {
      id: `0x${contents.slice(0, 64)}`,
      type: type as ObjectType,
      version: BigInt(version),
      contents: fromHex(contents),
      owner: { AddressOwner: owner },
      previousTransaction,
      storageRebate: BigInt(storageRebate),
    }
    test(`${digest} has its digest`, () => expect(objectDigest(fields)).toBe(digest))
    test(`${digest} has its deposit`, () => expect(gasSize(fields) * 7600n).toBe(BigInt(storageRebate)))
  }

  for (const { digest, effects } of vectors.effects)
    test(`effects ${digest} have their digest`, () => expect(encodeGoldenEffects(effects)).toBe(digest))
})

test('an IOTA coin is 129 bytes', () => {
  const id = `0x${'11'.repeat(32)}`
  expect(gasSize({ type: { GasCoin: true }, contents: coinContents(id, 1n) })).toBe(129n)
})
