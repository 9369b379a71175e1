import type { ChainEntry } from '../chain.ts'
import type { Command } from '../execution/index.ts'
import { canonicalType, IOTA_TYPE, ownerAddress } from '../objects/index.ts'
import { balanceChanges } from '../rpc/index.ts'

const FULL_IOTA_TYPE = canonicalType(IOTA_TYPE)

/** A transaction in the words of a person. */
export interface Summary {
  title: string
  failed: boolean
  from: string
  /** Other addresses that got something. */
  to: string[]
  /** NANOS that others got; 0 where none did. */
  nanos: bigint
}

export function summaryOf({ transaction, execution }: ChainEntry): Summary {
  const { sender, commands } = transaction
  const gains = balanceChanges(execution).flatMap(({ owner, coinType, amount }) => {
    const address = ownerAddress(owner)
    return address !== undefined && address !== sender && coinType === FULL_IOTA_TYPE && amount > 0n
      ? [{ address, amount }]
      : []
  })
  const nanos = gains.reduce((sum, { amount }) => sum + amount, 0n)
  const failed = !execution.status.success
  const title = titleOf(commands, gains.length > 0, failed)
  return { title, failed, from: sender, to: gains.map(({ address }) => address), nanos }
}

function titleOf(commands: Command[], paid: boolean, failed: boolean): string {
  // Earlier calls prepare the values of the last one.
  const call = commands.findLast(({ MoveCall }) => MoveCall)?.MoveCall
  if (call) return `Call of ${call.module}::${call.function}`
  if (commands.some(({ Publish }) => Publish)) return 'Package published'
  if (commands.some(({ Upgrade }) => Upgrade)) return 'Package upgraded'
  if (paid || failed) return 'Payment'
  return commands.some(({ TransferObjects }) => TransferObjects) ? 'Transfer' : 'Own coins rearranged'
}

/** A command as a sentence. */
export function commandWords(command: Command): string {
  if (command.MoveCall) return `Call ${command.MoveCall.module}::${command.MoveCall.function}`
  if (command.SplitCoins) return `Split ${plural(command.SplitCoins.amounts.length, 'coin')} off`
  if (command.MergeCoins) return `Merge ${plural(command.MergeCoins.sources.length, 'coin')} into another`
  if (command.TransferObjects) return `Hand over ${plural(command.TransferObjects.objects.length, 'object')}`
  if (command.Publish) return `Publish ${plural(command.Publish.modules.length, 'module')}`
  if (command.Upgrade) return 'Upgrade a package'
  return 'Make a list of values'
}

/** Why a transaction failed, for somebody who does not know the codes. */
export function failureWords(error: string): string {
  if (error.startsWith('InsufficientCoinBalance')) return 'A coin held less than was to be split off.'
  if (error.startsWith('InsufficientGas')) return 'The fee was above the budget.'
  if (error.startsWith('UnusedValueWithoutDrop')) return 'A new object was handed to nobody.'
  if (error.startsWith('CommandArgumentError')) return 'A command got a value that it cannot use.'
  if (error.startsWith('MoveAbort')) return abortWords(error)
  if (error.startsWith('CoinBalanceOverflow')) return 'A coin cannot hold that much.'
  return 'The ledger could not carry it out.'
}

function abortWords(error: string): string {
  const [, module, code] = /Identifier\("(\w+)"\).*, (\d+)\)/.exec(error) ?? []
  return module === undefined ? 'The called program refused.' : `The program ${module} refused, for its reason ${code}.`
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
