import type { MoveMachine } from '../index.ts'
import { CHAIN, ChannelBench, digestCall, state, WINDOW } from './channel-bench.ts'
import { disputes } from './dispute-scenarios.ts'
import { type Scenario, Script } from './script.ts'
import { digestOfMessage, partyOf, signBy, stateBytes } from './states.ts'

const opening: Scenario = (script) => {
  const bench = new ChannelBench(script, 2)
  const { parties } = bench
  const [a, b] = parties.map((party) => party.key) as [Uint8Array, Uint8Array]
  script.fails('EBadPartyCount', bench.openCall({ balances: [5n], keys: [a], payouts: ['0xa0'] }))
  script.fails('EBadPartyCount', bench.openCall({ balances: [5n], keys: [], payouts: [] }))
  script.fails('EBadPartyCount', bench.openCall({ balances: [5n, 5n], payouts: ['0xa0'] }))
  script.fails('EBadPartyCount', bench.openCall({ balances: [5n, 5n, 0n], deposit: 10n }))
  script.fails('EBadKey', bench.openCall({ balances: [5n, 5n], keys: [a, b.subarray(1)] }))
  script.fails('EDuplicateParty', bench.openCall({ balances: [5n, 5n], keys: [a, a] }))
  script.fails('EDuplicateParty', bench.openCall({ balances: [5n, 5n], payouts: ['0xa0', '0xa0'] }))
  script.fails('EBadChain', bench.openCall({ balances: [5n, 5n], chain: new Uint8Array() }))
  script.fails('EBadChain', bench.openCall({ balances: [5n, 5n], chain: new Uint8Array(33) }))
  script.fails('EBadWindow', bench.openCall({ balances: [5n, 5n], window: 4_999n }))
  script.fails('EBadWindow', bench.openCall({ balances: [5n, 5n], window: 2_592_000_001n }))
  script.fails('EEmptyDeposit', bench.openCall({ balances: [0n, 0n] }))
  script.fails('EUnbalanced', bench.openCall({ balances: [5n, 5n], deposit: 11n }))
  // The sum of the balances runs over 64 bits back to what was deposited.
  script.fails('EUnbalanced', bench.openCall({ balances: [2n ** 64n - 1n, 11n], deposit: 10n }))
  const many = Array.from({ length: 17 }, (_, index) => partyOf(index))
  const keys = many.map((party) => party.key)
  const payouts = many.map((party) => party.payout)
  script.fails('EBadPartyCount', bench.openCall({ balances: keys.map(() => 1n), keys, payouts }))
  bench.open({ balances: [7n, 0n], window: 5_000n })
  bench.open({ balances: [2n ** 64n - 1n, 0n], chain: new Uint8Array(32), window: 2_592_000_000n })
}

const payAndCloseTogether: Scenario = (script) => {
  const bench = new ChannelBench(script, 2).by(0).open({ balances: [1000n, 0n] })
  script.call(bench.readCall('value'))
  const [a = new Uint8Array(), b = new Uint8Array()] = bench.sign(
    'parley/channel-close/1',
    stateBytes(bench.id, state(3n, [400n, 600n], { confirmed: 0n })),
  )
  script.fails('EBadSignature', bench.closeCall(3n, [400n, 600n], [a]))
  script.fails('EBadSignature', bench.closeCall(3n, [400n, 600n], [b, a]))
  script.fails('EBadSignature', bench.closeCall(3n, [400n, 600n], [a, a]))
  script.fails('EBadSignature', bench.closeCall(3n, [400n, 600n], [a, b.subarray(1)]))
  script.fails('EBadSignature', bench.closeCall(3n, [600n, 400n], [a, b]))
  script.fails('EUnbalanced', bench.closeCall(3n, [400n, 599n]))
  script.fails('EBadPartyCount', bench.closeCall(3n, [1000n]))
  script.fails('EOldSequence', bench.closeCall(0n, [400n, 600n]))
  // A state to dispute with is no consent to close at once.
  script.fails(
    'EBadSignature',
    bench.closeCall(3n, [400n, 600n], bench.signState(state(3n, [400n, 600n], { confirmed: 0n }))),
  )
  script.call(bench.closeCall(3n, [400n, 600n]))
  script.expectPaid(400n, 600n)
}

const depositsAndWithdrawals: Scenario = (script) => {
  const bench = new ChannelBench(script, 2).by(0).open({ balances: [100n, 0n] })
  script.call(bench.by(1).depositCall(1, 50n))
  script.fails('ENotParty', bench.depositCall(0, 5n))
  script.fails('EEmptyDeposit', bench.depositCall(1, 0n))
  const before = state(3n, [110n, 40n])
  script.fails('EUnbalanced', bench.withdrawCall(state(4n, [10n, 40n]), [99n, 0n]))
  script.fails('EBadPartyCount', bench.withdrawCall(state(4n, [10n, 40n]), [100n]))
  script.fails(
    'EBadSignature',
    bench.withdrawCall(state(4n, [10n, 40n]), [100n, 0n], bench.signState(state(4n, [10n, 40n]))),
  )
  const next = state(4n, [10n, 40n])
  script.call(bench.withdrawCall(next, [100n, 0n]))
  script.fails('EOldSequence', bench.withdrawCall(next, [100n, 0n]))
  // What was signed before the withdrawal is old, whatever it holds now.
  script.fails('EOldSequence', bench.startWithCall(1, before))
  script.call(bench.by(0).depositCall(0, 100n))
  script.fails('EOldSequence', bench.by(1).startWithCall(1, before))
  script.call(bench.withdrawCall(state(5n, [5n, 40n]), [0n, 5n]))
  script.call(bench.by(1).startWithCall(1, state(6n, [1n, 44n])))
  script.time += WINDOW
  script.call(bench.settleCall())
  script.expectPaid(201n, 49n)
}

/** Closing with a state from before a deposit returns the deposit to who made it. */
const uncountedDeposits: Scenario = (script) => {
  const bench = new ChannelBench(script, 2).by(0).open({ balances: [100n, 0n] })
  script.call(bench.depositCall(0, 7n))
  script.call(bench.by(1).depositCall(1, 9n))
  script.call(bench.startWithCall(1, state(3n, [20n, 87n])))
  script.fails('EUnbalanced', bench.challengeCall(state(4n, [20n, 89n])))
  script.call(bench.challengeCall(state(5n, [20n, 80n], { confirmed: 4n })))
  script.time += WINDOW
  script.call(bench.settleCall())
  // The cheater loses the deposit too.
  script.expectPaid(116n, 0n)
}

const tooManyDeposits: Scenario = (script) => {
  const bench = new ChannelBench(script, 2).by(0).open({ balances: [100n, 0n] })
  for (let index = 0; index < 32; index++) script.call(bench.depositCall(0, 1n))
  script.fails('ETooManyDeposits', bench.depositCall(0, 1n))
  script.call(bench.withdrawCall(state(1n, [132n, 0n]), [0n, 0n]))
  script.call(bench.depositCall(0, 1n))
  script.call(bench.closeCall(2n, [132n, 0n]))
  script.expectPaid(133n, 0n)
}

const nothingSignedIsOfUseElsewhere: Scenario = (script) => {
  const first = new ChannelBench(script, 2).by(0).open({ balances: [100n, 0n] })
  const second = new ChannelBench(script, 2).open({ balances: [100n, 0n] })
  const newest = state(5n, [0n, 100n])
  script.fails('EBadSignature', second.startWithCall(0, newest, first.signState(newest)))
  const bytes = stateBytes(second.id, newest)
  script.fails(
    'EBadSignature',
    second.startWithCall(0, newest, second.sign('parley/channel/1', bytes, CHAIN.subarray(1))),
  )
  script.fails('EBadSignature', second.startWithCall(0, newest, second.sign('parley/channel-close/1', bytes)))
  const elsewhere = stateBytes(second.id, newest, `${'1'.repeat(64)}::channel::Channel<0x2::iota::IOTA>`)
  script.fails('EBadSignature', second.startWithCall(0, newest, second.sign('parley/channel/1', elsewhere)))
  const stranger = partyOf(9)
  const digest = digestOfMessage('parley/channel/1', CHAIN, bytes)
  script.fails('EBadSignature', second.startWithCall(0, newest, [signBy(stranger, digest), signBy(stranger, digest)]))
  script.call(digestCall('parley/channel/1', CHAIN, bytes))
  script.call(second.startWithCall(0, newest))
}

const scenarios: Record<string, Scenario> = {
  opening,
  payAndCloseTogether,
  depositsAndWithdrawals,
  uncountedDeposits,
  tooManyDeposits,
  nothingSignedIsOfUseElsewhere,
  ...disputes,
}

/** Every scenario of channels, as the interpreter ran it. */
export function channelScripts(machine: () => MoveMachine): Script[] {
  return Object.entries(scenarios).map(([name, run]) => {
    const script = new Script(`channel_${name}`, machine())
    run(script)
    return script
  })
}
