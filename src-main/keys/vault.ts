import { hashRaw } from '@node-rs/argon2'
import * as v from 'valibot'
import { fromHex, type Random, Secret, type SecretText, toHex } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { damaged } from './files.ts'
import { openFile, parseFile, sealFile } from './sealed-file.ts'

/** RFC 9106, second recommended option (64 MiB, 3 passes), with one lane as the work is on one thread. */
const COST = { memoryKib: 65_536, passes: 3, lanes: 1 }
const SALT_BYTES = 16

/** What a file may ask for: enough for stronger settings to come, too little for a hostile file to exhaust the machine. */
const headerSchema = v.strictObject({
  format: v.literal('parley/vault/1'),
  kdf: v.literal('argon2id'),
  memoryKib: v.pipe(v.number(), v.integer(), v.minValue(8192), v.maxValue(262_144)),
  passes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10)),
  lanes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4)),
  salt: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
})
type Header = v.InferOutput<typeof headerSchema>

/** The master key under a passphrase, as a file's text. */
export async function wrapMaster(master: Secret, passphrase: SecretText, random: Random): Promise<string> {
  const header: Header = { format: 'parley/vault/1', kdf: 'argon2id', ...COST, salt: toHex(random.bytes(SALT_BYTES)) }
  const key = await stretch(passphrase, header)
  try {
    return sealFile(key, JSON.stringify(header), master, random)
  } finally {
    key.wipe()
  }
}

/** Throws `wrong_passphrase`, always at the full cost, or `storage_damaged`. */
export async function unwrapMaster(text: string, passphrase: SecretText): Promise<Secret> {
  const file = parseFile(text)
  const key = await stretch(passphrase, parseHeader(file.header))
  try {
    const master = openFile(key, file)
    if (!master) throw new ParleyError('wrong_passphrase', 'This is not the passphrase of this profile.')
    return master
  } finally {
    key.wipe()
  }
}

function parseHeader(text: string): Header {
  try {
    return v.parse(headerSchema, JSON.parse(text))
  } catch (cause) {
    throw damaged(cause)
  }
}

/** Unicode has several spellings of one letter; keyboards differ in which they give. */
async function stretch(passphrase: SecretText, header: Header): Promise<Secret> {
  const raw = await hashRaw(passphrase.use().normalize('NFKC'), {
    memoryCost: header.memoryKib,
    timeCost: header.passes,
    parallelism: header.lanes,
    outputLen: 32,
    salt: fromHex(header.salt),
  })
  const key = new Secret(raw)
  raw.fill(0)
  return key
}
