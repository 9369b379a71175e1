import { hash256 } from '../../../../wire/index.ts'
import { ChannelBench, lock, state, WINDOW } from './channel-bench.ts'
import type { Scenario } from './script.ts'
import type { Condition, State } from './states.ts'

const anOldStateIsReplacedAndCosts: Scenario = (script) => {
  const bench = new ChannelBench(script, 3).by(0).open({ balances: [900n, 50n, 50n] })
  const old = state(5n, [900n, 50n, 50n])
  const between = state(8n, [500n, 250n, 250n])
  const newest = state(9n, [101n, 449n, 450n])
  script.fails('ENotClosing', bench.challengeCall(newest))
  script.fails('ENotClosing', bench.settleCall())
  script.fails('ENotParty', bench.by(1).startWithCall(0, old))
  script.fails('ENotParty', bench.startCall(3))
  script.sender = '0xbad'
  script.fails('ENotParty', bench.startCall(0))
  script.call(bench.by(0).startWithCall(0, old))
  script.fails('EClosing', bench.startCall(0))
  script.fails('EClosing', bench.startWithCall(0, newest))
  script.fails('EClosing', bench.depositCall(0, 5n))
  script.fails('EClosing', bench.withdrawCall(state(10n, [0n, 0n, 900n]), [100n, 0n, 0n]))
  script.call(bench.readCall('closes_at'))
  script.sender = '0xbad'
  script.fails('EOldSequence', bench.challengeCall(old))
  script.fails('EUnbalanced', bench.challengeCall(state(9n, [101n, 449n, 451n])))
  script.fails('EBadPartyCount', bench.challengeCall(state(9n, [101n, 899n])))
  script.fails('EBadConfirmed', bench.challengeCall(state(9n, [101n, 449n, 450n], { confirmed: 9n })))
  script.call(bench.challengeCall(between))
  script.time += WINDOW - 1n
  script.call(bench.challengeCall(newest))
  script.fails('EOldSequence', bench.challengeCall(between))
  script.fails('EWindowOpen', bench.settleCall())
  script.time += 1n
  script.fails('EWindowOver', bench.challengeCall(state(10n, [1000n, 0n, 0n])))
  script.call(bench.settleCall())
  script.call(bench.settleCall())
  script.fails('ESettled', bench.closeCall(11n, [0n, 0n, 0n]))
  script.fails('ENotParty', bench.destroyCall(0))
  script.call(bench.by(2).destroyCall(2))
  script.expectPaid(0n, 500n, 500n)
}

/** With a payment under way nobody is proven to cheat: the newest state that both hold is the one begun with. */
const oneStepBackIsNoProof: Scenario = (script) => {
  const bench = new ChannelBench(script, 2).by(0).open({ balances: [100n, 0n] })
  script.call(bench.startWithCall(0, state(5n, [50n, 50n])))
  script.call(bench.challengeCall(state(6n, [40n, 60n], { confirmed: 5n })))
  script.call(bench.readCall('sequence'))
  script.time += WINDOW
  script.call(bench.settleCall())
  script.expectPaid(40n, 60n)
}

/** Vouchers: one pays, the other holds the only complete states. The payer's own way out costs nothing. */
const oneWay: Scenario = (script) => {
  const bench = new ChannelBench(script, 2).by(0).open({ balances: [100n, 0n] })
  script.call(bench.startCall(0))
  script.call(bench.by(1).challengeCall(state(30n, [70n, 30n], { confirmed: 0n })))
  script.time += WINDOW
  script.call(bench.settleCall())
  script.call(bench.destroyCall(1))
  script.expectPaid(70n, 30n)
}

const nobodyAnswers: Scenario = (script) => {
  const bench = new ChannelBench(script, 2).by(0).open({ balances: [60n, 40n] })
  script.call(bench.by(1).startCall(1))
  script.fails('ENotEmpty', bench.destroyCall(1))
  script.time += WINDOW
  script.call(bench.settleCall())
  script.expectPaid(60n, 40n)
}

const consentEndsADispute: Scenario = (script) => {
  const bench = new ChannelBench(script, 2).by(0).open({ balances: [60n, 40n] })
  script.call(bench.startCall(0))
  script.call(bench.by(1).challengeCall(state(7n, [10n, 90n])))
  script.call(bench.closeCall(8n, [20n, 80n]))
  script.expectPaid(20n, 80n)
}

const conditions: Scenario = (script) => {
  const bench = new ChannelBench(script, 2).by(0).open({ balances: [100n, 0n] })
  const [first, second, third] = ['one', 'two', 'three'].map(lock) as [
    ReturnType<typeof lock>,
    ReturnType<typeof lock>,
    ReturnType<typeof lock>,
  ]
  const expiry = script.time + WINDOW + 1_000n
  const good = { from: 0, to: 1, amount: 10n, hash: first.hash, expiry }
  const held = (list: (typeof good)[]) => state(4n, [90n - 10n * BigInt(list.length - 1), 0n], { conditions: list })
  for (const bad of [
    { ...good, from: 2 },
    { ...good, to: 2 },
    { ...good, to: 0 },
    { ...good, hash: first.hash.subarray(1) },
  ])
    script.fails('EBadCondition', bench.startWithCall(0, held([bad])))
  script.fails(
    'EBadCondition',
    bench.startWithCall(0, state(4n, [100n, 0n], { conditions: [{ ...good, amount: 0n }] })),
  )
  script.fails('EUnbalanced', bench.startWithCall(0, state(4n, [100n, 0n], { conditions: [good] })))
  const most = Array.from({ length: 17 }, () => ({ ...good, amount: 1n }))
  script.fails('EBadCondition', bench.startWithCall(0, state(4n, [83n, 0n], { conditions: most })))
  script.fails('ENotClosing', bench.revealCall(first.preimage))
  const long = { ...good, hash: third.hash, expiry: expiry + 5_000n }
  const late = { ...good, hash: second.hash, expiry: script.time + 10n }
  const newest = held([good, late, long, { ...good, from: 1, to: 0, hash: second.hash, expiry: script.time + 5n }])
  script.call(bench.startWithCall(0, newest))
  script.fails('EPreimageTooLong', bench.revealCall(new Uint8Array(1_025)))
  script.fails('EUnknownPreimage', bench.revealCall(third.hash))
  script.time += 10n
  script.fails('ENotClaimable', bench.revealCall(second.preimage))
  script.call(bench.revealCall(first.preimage))
  script.fails('ENotClaimable', bench.revealCall(first.preimage))
  script.time += WINDOW
  script.call(bench.settleCall())
  script.fails('ENotEmpty', bench.by(0).destroyCall(0))
  script.call(bench.revealCall(third.preimage))
  script.call(bench.settleCall())
  script.call(bench.destroyCall(0))
  script.expectPaid(70n, 30n)
}

/** A preimage that came in time for one state, and what became of it under those that replaced the state. */
function revealed(replacing: (condition: Condition) => (Condition | undefined)[], paid: [bigint, bigint]): Scenario {
  return (script) => {
    const bench = new ChannelBench(script, 2).by(1).open({ balances: [100n, 0n] })
    const { preimage, hash } = lock('key')
    const condition = { from: 0, to: 1, amount: 10n, hash, expiry: script.time + 1_000n }
    const states = [condition, ...replacing(condition)].map((held, index) =>
      state(BigInt(index) + 2n, held ? [90n, 0n] : [100n, 0n], { conditions: held ? [held] : [], confirmed: 1n }),
    )
    const [first, ...others] = states as [State, ...State[]]
    script.call(bench.startWithCall(1, first))
    script.time += 500n
    script.call(bench.revealCall(preimage))
    for (const other of others) script.call(bench.challengeCall(other))
    script.time += WINDOW
    script.call(bench.settleCall())
    script.expectPaid(...paid)
  }
}

const revealedAndKept = revealed((condition) => [{ ...condition, expiry: condition.expiry + 1n }], [90n, 10n])
const revealedTooLateForANewerState = revealed((held) => [{ ...held, expiry: held.expiry - 500n }], [100n, 0n])
const revealedAndForgotten = revealed((condition) => [undefined, condition], [100n, 0n])

/** As many conditions as there may be; at the very moment of their expiry the payer has them back. */
const atTheEdges: Scenario = (script) => {
  const bench = new ChannelBench(script, 2).by(0).open({ balances: [100n, 0n] })
  const expiry = script.time + WINDOW
  const preimage = new Uint8Array(1_024).fill(7)
  const unpaid = { from: 0, to: 1, amount: 1n, hash: lock('never').hash, expiry }
  const paid = { ...unpaid, amount: 5n, hash: hash256(preimage) }
  const held = [paid, ...Array.from({ length: 15 }, () => unpaid)]
  script.call(bench.startWithCall(0, state(4n, [80n, 0n], { conditions: held })))
  script.time = expiry - 1n
  script.call(bench.revealCall(preimage))
  script.time = expiry
  script.call(bench.settleCall())
  script.call(bench.destroyCall(0))
  script.expectPaid(95n, 5n)
}

const sixteenParties: Scenario = (script) => {
  const bench = new ChannelBench(script, 16).by(0).open({ balances: Array.from({ length: 16 }, () => 10n) })
  const newest = state(2n, [25n, 5n, 0n, ...Array.from({ length: 13 }, () => 10n)])
  script.call(
    bench.by(15).startWithCall(
      15,
      state(
        1n,
        Array.from({ length: 16 }, () => 10n),
        { confirmed: 0n },
      ),
    ),
  )
  script.call(bench.challengeCall({ ...newest, sequence: 4n, confirmed: 3n }))
  script.time += WINDOW
  script.call(bench.settleCall())
  script.expectPaid(35n, 5n, 0n, ...Array.from({ length: 12 }, () => 10n), 0n)
}

/** Channels that end without everybody's consent. */
export const disputes: Record<string, Scenario> = {
  anOldStateIsReplacedAndCosts,
  oneStepBackIsNoProof,
  oneWay,
  nobodyAnswers,
  consentEndsADispute,
  conditions,
  revealedAndKept,
  revealedTooLateForANewerState,
  revealedAndForgotten,
  atTheEdges,
  sixteenParties,
}
