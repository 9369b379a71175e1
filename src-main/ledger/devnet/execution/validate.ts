import { coinContents, coinValue, derivedId, isGasCoin, type LedgerObject, sealObject } from '../objects/index.ts'
import {
  COMPUTATION_UNITS,
  MAX_ARGUMENTS,
  MAX_COMMANDS,
  MAX_GAS_BUDGET,
  MAX_GAS_OBJECTS,
  MAX_GAS_PRICE,
  MAX_INPUT_OBJECTS,
  MAX_MODULES,
  REFERENCE_GAS_PRICE,
} from './constants.ts'
import { InvalidTransaction, NotSupported } from './errors.ts'
import { isFramework } from './framework.ts'
import { InputLoader, type ObjectSource } from './inputs.ts'
import type { Command, LedgerTransaction } from './transaction.ts'
import type { CheckedTransaction, Mode } from './types.ts'

/** A dry run without payment gets a coin of this many NANOS, as on a node. */
const SIMULATED_GAS_NANOS = 1_000_000_000_000_000_000n
/** No transaction makes this many objects, so the id cannot meet another. */
const SIMULATED_GAS_INDEX = 0xffff_ffffn

/** Checks everything that a node checks before it executes. Throws InvalidTransaction or NotSupported. */
export function checkTransaction(
  transaction: LedgerTransaction,
  source: ObjectSource,
  epoch: bigint,
  mode: Mode,
): CheckedTransaction {
  checkGasTerms(transaction)
  if (transaction.expiration !== undefined && transaction.expiration < epoch)
    throw new InvalidTransaction('Transaction Expired')
  checkShape(transaction)
  const loader = new InputLoader(source, mode)
  const gasCoins = loadGas(transaction, loader, mode)
  const inputs = loader.load(transaction)
  return { transaction, mode, gasCoins, packages: packagesOf(transaction, source), ...inputs }
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

function checkShape({ inputs, commands, gas }: LedgerTransaction): void {
  if (commands.length === 0) throw new InvalidTransaction('Empty command input')
  if (commands.length > MAX_COMMANDS)
    throw new InvalidTransaction(
      `Size limit exceeded: maximum commands in a programmable transaction is ${MAX_COMMANDS}`,
    )
  if (inputs.filter((input) => input.Object).length + gas.payment.length > MAX_INPUT_OBJECTS)
    throw new InvalidTransaction(`Size limit exceeded: maximum input objects in a transaction is ${MAX_INPUT_OBJECTS}`)
  for (const command of commands) checkCommand(command)
}

function checkCommand(command: Command): void {
  if (command.Upgrade) throw new NotSupported('Upgrading a package')
  const { MoveCall, Publish, MakeMoveVec } = command
  const list =
    command.SplitCoins?.amounts ??
    command.MergeCoins?.sources ??
    command.TransferObjects?.objects ??
    MakeMoveVec?.elements ??
    Publish?.modules ??
    MoveCall?.arguments ??
    []
  if (list.length === 0 && !MoveCall && MakeMoveVec?.type == null) throw new InvalidTransaction('Empty command input')
  if (list.length >= MAX_ARGUMENTS)
    throw new InvalidTransaction(`Size limit exceeded: maximum arguments in a command is ${MAX_ARGUMENTS}`)
  if (Publish && Publish.modules.length > MAX_MODULES)
    throw new InvalidTransaction(`Size limit exceeded: maximum modules in a programmable transaction is ${MAX_MODULES}`)
}

/** The packages that must be there before anything runs. */
function packagesOf({ commands }: LedgerTransaction, source: ObjectSource): LedgerObject[] {
  const ids = commands.flatMap(({ MoveCall, Publish }) => (MoveCall ? MoveCall.package : (Publish?.dependencies ?? [])))
  return [...new Set(ids)]
    .filter((id) => !isFramework(id))
    .map((id) => {
      const found = source.get(id)
      if (!found || !('Package' in found.type))
        throw new InvalidTransaction(`Dependent package not found on-chain: ${id}`)
      return found
    })
}

function loadGas(
  { gas, digest }: LedgerTransaction,
  loader: InputLoader,
  mode: Mode,
): [LedgerObject, ...LedgerObject[]] {
  if (gas.payment.length === 0 && mode !== 'execute') {
    const coin = simulatedCoin(digest, gas.owner)
    loader.objects.set(coin.id, coin)
    return [coin]
  }
  const [first, ...others] = gas.payment.map((reference) => loader.gasCoin(reference, gas.owner))
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
