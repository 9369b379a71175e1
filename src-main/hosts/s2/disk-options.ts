import { ParleyError } from '../../contract/index.ts'
import { defaultLimits, type NodeLimits } from '../../overlay/index.ts'

/** What the default limits come to where all of them are reached; see `NodeLimits.kept`. */
const DEFAULT_GB = 25
const MOST_GB = 100_000

/** What the node keeps for everybody, in proportion to the disk that it may take. Throws `invalid_params`. */
export function readDisk(text: string | undefined): Pick<NodeLimits, 'kept'> | undefined {
  if (text === undefined) return undefined
  const gigabytes = Number(text)
  if (!/^\d+$/.test(text) || gigabytes < 1 || gigabytes > MOST_GB)
    throw new ParleyError('invalid_params', `--disk-gb is a whole number from 1 to ${MOST_GB}.`)
  const scaled = (value: number) => Math.ceil((value * gigabytes) / DEFAULT_GB)
  const { mailBytes, devices, contacts, keyPackageBytes, revocations, logBytes, accepted } = defaultLimits.kept
  return {
    kept: {
      mailBytes: scaled(mailBytes),
      devices: scaled(devices),
      contacts: scaled(contacts),
      keyPackageBytes: scaled(keyPackageBytes),
      revocations: scaled(revocations),
      logBytes: scaled(logBytes),
      accepted: scaled(accepted),
    },
  }
}
