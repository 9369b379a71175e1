import { fromBase64 } from '@iota/bcs'
import { coinContents, coinValue, derivedId, isGasCoin, type LedgerObject, sealObject } from '../objects/index.ts'
import {
  COMPUTATION_UNITS,
  MAX_ARGUMENTS,
  MAX_COMMANDS,
  MAX_GAS_BUDGET,
  MAX_GAS_OBJECTS,
  MAX_GAS_PRICE,
  MAX_INPUT_OBJECTS,
  MAX_PURE_BYTES,
  REFERENCE_GAS_PRICE,
} from './constants.ts'
import { InvalidTransaction, NotSupported } from './errors.ts'
import type { Command, LedgerTransaction, ObjectRef } from './transaction.ts'

/** What execution reads of the ledger. */
export interface ObjectSource {
  get(id: string): LedgerObject | undefined
}

/** A transaction whose inputs exist, are current and belong to who signed. */
export interface CheckedTransaction {
  transaction: LedgerTransaction
  /** Every owned object it uses, gas first. */
  objects: Map<string, LedgerObject>
  /** The coins that pay, in order; they become the first one. */
  gasCoins: [LedgerObject, ...LedgerObject[]]
  /** The object behind each input, undefined for pure values. */
  inputObjects: (LedgerObject | undefined)[]
  /** The bytes of each pure input. */
  pureInputs: (Uint8Array | undefined)[]
}

/** A dry run without payment gets a coin of this many NANOS, as on a node. */
const SIMULATED_GAS_NANOS = 1_000_000_000_000_000_000n
/** No transaction makes this many objects, so the id cannot meet another. */
const SIMULATED_GAS_INDEX = 0xffff_ffffn

/** Checks everything that a node checks before it executes. Throws InvalidTransaction or NotSupported. */
export function checkTransaction(
  transaction: LedgerTransaction,
  source: ObjectSource,
  epoch: bigint,
  dryRun: boolean,
): CheckedTransaction {
  checkGasTerms(transaction)
  if (transaction.expiration !== undefined && transaction.expiration < epoch)
    throw new InvalidTransaction('Transaction Expired')
  const pureInputs = checkShape(transaction)
  const objects = new Map<string, LedgerObject>()
  const gasCoins = loadGas(transaction, source, objects, dryRun)
  const inputObjects = transaction.inputs.map((input) => {
    if (!input.Object) return undefined
    const reference = input.Object.ImmOrOwnedObject
    if (!reference) throw new NotSupported('A shared or receiving object')
    return loadOwned(reference, transaction.sender, source, objects)
  })
  return { transaction, objects, gasCoins, inputObjects, pureInputs }
}

function checkGasTerms({ gas }: LedgerTransaction): void {
  if (gas.price < REFERENCE_GAS_PRICE)
    throw new InvalidTransaction(`Gas price ${gas.price} under reference gas price (RGP) ${REFERENCE_GAS_PRICE}`)
  if (gas.price >= MAX_GAS_PRICE)
    throw new InvalidTransaction(`Gas price cannot exceed ${MAX_GAS_PRICE} nanos, but got ${gas.price} nanos`)
  if (gas.budget > MAX_GAS_BUDGET)
    throw new InvalidTransaction(`Gas budget: ${gas.budget} is higher than max: ${MAX_GAS_BUDGET}`)
  const least = COMPUTATION_UNITS * gas.price
  if (gas.budget < least) throw new InvalidTransaction(`Gas budget: ${gas.budget} is lower than min: ${least}`)
  if (gas.payment.length > MAX_GAS_OBJECTS)
    throw new InvalidTransaction(`Size limit exceeded: maximum number of gas payment objects is ${MAX_GAS_OBJECTS}`)
}

function checkShape({ inputs, commands, gas }: LedgerTransaction): (Uint8Array | undefined)[] {
  if (commands.length === 0) throw new InvalidTransaction('Empty command input')
  if (commands.length > MAX_COMMANDS)
    throw new InvalidTransaction(
      `Size limit exceeded: maximum commands in a programmable transaction is ${MAX_COMMANDS}`,
    )
  if (inputs.filter((input) => input.Object).length + gas.payment.length > MAX_INPUT_OBJECTS)
    throw new InvalidTransaction(`Size limit exceeded: maximum input objects in a transaction is ${MAX_INPUT_OBJECTS}`)
  for (const command of commands) checkCommand(command)
  return inputs.map((input) => {
    if (!input.Pure) return undefined
    const bytes = fromBase64(input.Pure.bytes)
    if (bytes.length >= MAX_PURE_BYTES)
      throw new InvalidTransaction(`Size limit exceeded: maximum pure argument size is ${MAX_PURE_BYTES}`)
    return bytes
  })
}

function checkCommand(command: Command): void {
  if (command.MoveCall) throw new NotSupported('A Move call')
  if (command.Publish || command.Upgrade) throw new NotSupported('Publishing a package')
  const list =
    command.SplitCoins?.amounts ??
    command.MergeCoins?.sources ??
    command.TransferObjects?.objects ??
    command.MakeMoveVec?.elements ??
    []
  if (list.length === 0 && command.MakeMoveVec?.type == null) throw new InvalidTransaction('Empty command input')
  if (list.length >= MAX_ARGUMENTS)
    throw new InvalidTransaction(`Size limit exceeded: maximum arguments in a command is ${MAX_ARGUMENTS}`)
}

function loadGas(
  { gas, digest }: LedgerTransaction,
  source: ObjectSource,
  objects: Map<string, LedgerObject>,
  dryRun: boolean,
): [LedgerObject, ...LedgerObject[]] {
  if (gas.payment.length === 0 && dryRun) {
    const coin = simulatedCoin(digest, gas.owner)
    objects.set(coin.id, coin)
    return [coin]
  }
  const [first, ...others] = gas.payment.map((reference) => loadOwned(reference, gas.owner, source, objects))
  if (!first) throw new InvalidTransaction('Gas payment is empty')
  const coins: [LedgerObject, ...LedgerObject[]] = [first, ...others]
  if (!coins.every(isGasCoin)) throw new InvalidTransaction('Gas object is not a gas coin')
  const balance = coins.reduce((sum, coin) => sum + coinValue(coin), 0n)
  if (balance < gas.budget)
    throw new InvalidTransaction(
      `Balance of gas object ${balance} is lower than the needed amount: ${gas.budget} (GasBalanceTooLow)`,
    )
  return coins
}

function simulatedCoin(digest: string, owner: string): LedgerObject {
  const id = derivedId(digest, SIMULATED_GAS_INDEX)
  return sealObject({
    id,
    type: { GasCoin: true },
    version: 1n,
    contents: coinContents(id, SIMULATED_GAS_NANOS),
    owner: { AddressOwner: owner },
    previousTransaction: digest,
    storageRebate: 0n,
  })
}

function loadOwned(
  reference: ObjectRef,
  owner: string,
  source: ObjectSource,
  objects: Map<string, LedgerObject>,
): LedgerObject {
  const { objectId: id, version, digest } = reference
  const object = source.get(id)
  if (!object) throw new InvalidTransaction(`Could not find the referenced object ${id} at version ${version}`)
  if (object.version !== BigInt(version))
    throw new InvalidTransaction(
      `Object ID ${id} Version ${version} Digest ${digest} is not available for consumption, current version: ${object.version}`,
    )
  if (object.digest !== digest) throw new InvalidTransaction(`Invalid object digest for object ${id}`)
  if (!('AddressOwner' in object.owner) || object.owner.AddressOwner !== owner)
    throw new InvalidTransaction(
      `Transaction was not signed by the correct sender: Object ${id} is not owned by account address ${owner}`,
    )
  if (objects.has(id)) throw new InvalidTransaction('Mutable object cannot appear more than one in one transaction')
  objects.set(id, object)
  return object
}
