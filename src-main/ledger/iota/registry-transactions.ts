import { bcs } from '@iota/iota-sdk/bcs'
import { fromHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { MIN_STAKE, type NodeProfile, type RecordChange, type RegisterRequest } from '../registry.ts'
import type { RegistryTransaction } from '../registry.ts'
import { prepareProgram } from './prepare-program.ts'
import { type Argument, Program } from './program.ts'
import type { RpcClient } from './rpc-client.ts'

/** One call of the module, and who pays for it. */
export type RegistryCall = { packageId: string; sender: string } & (
  { kind: 'register'; request: RegisterRequest } | RecordChange
)

/** Chooses coins, lets the ledger try it, and gives the transaction with its fee. */
export async function prepareCall(rpc: RpcClient, call: RegistryCall): Promise<RegistryTransaction> {
  const stake = call.kind === 'register' ? call.request.stake : 0n
  if (call.kind === 'register' && stake < MIN_STAKE)
    throw new ParleyError('invalid_params', 'The stake of a node is at least 1 IOTA.')
  const program = new Program(call.packageId, 'registry')
  if (call.kind === 'register') register(program, call.request)
  else change(program, call)
  const wanted = { from: call.sender, nanos: stake, program, relay: undefined, refused: 'The registry refuses this.' }
  const { bytes, digest, fee, held } = await prepareProgram(rpc, wanted)
  return { bytes, digest, fee, left: held - stake }
}

function register(program: Program, { nodeKey, profile, proof, stake }: RegisterRequest): void {
  const coin = program.split(stake)
  const made = profileOf(program, profile)
  program.call('register', [program.bytes(nodeKey), made, program.bytes(proof), coin])
}

function change(program: Program, wanted: RecordChange): void {
  const record = program.shared(wanted.record.object, wanted.record.sharedAt)
  if (wanted.kind === 'renew') program.call('renew', [record, profileOf(program, wanted.profile)])
  else program.call(wanted.kind, [record])
}

function profileOf(program: Program, { endpoints, fingerprint, roles, prices, version }: NodeProfile): Argument {
  const { relayedMb, storedMbDay, forwardedTransaction } = prices
  const made = program.call(
    'prices',
    [relayedMb, storedMbDay, forwardedTransaction].map((each) => program.u64(each)),
  )
  const texts = program.pure(
    bcs
      .vector(bcs.string())
      .serialize([...endpoints])
      .toBytes(),
  )
  return program.call('profile', [
    texts,
    program.bytes(fromHex(fingerprint)),
    program.u64(roles),
    made,
    program.u64(version),
  ])
}
