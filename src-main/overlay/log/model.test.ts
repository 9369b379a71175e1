import { describe, expect, it } from 'vitest'
import type { Sabotage } from './testing/model.ts'
import { sabotages } from './testing/sabotage.ts'
import { type Finding, forgetsIn, isIdleIn, runSchedule, UNSAFE } from './testing/schedule.ts'

/** About two milliseconds each; `LOG_SCHEDULES` asks for more. */
const SCHEDULES = Number(process.env['LOG_SCHEDULES'] ?? 1_500)
const FIRST = Number(process.env['LOG_FIRST_SEED'] ?? 1)
/** Every break is found before. */
const SABOTAGED = 8_000

async function findings(count: number, sabotage?: Sabotage, shows = (_seed: number) => true): Promise<Finding[]> {
  for (let seed = FIRST; seed < FIRST + count; seed++) {
    if (!shows(seed)) continue
    const all = await runSchedule(seed, sabotage)
    // A broken node may also get stuck, which proves less.
    const found = sabotage ? all.filter(({ what }) => UNSAFE.test(what)) : all
    if (found.length > 0) return found
  }
  return []
}

/** The schedules in which a break can be seen. */
function schedulesFor(what: string): (seed: number) => boolean {
  const isForgetful = what.includes('has lost')
  const isIdle = /idle|given up/.test(what)
  return (seed) => isForgetful === (forgetsIn(seed) !== 'never') && (!isIdle || isIdleIn(seed))
}

describe('group logs under random schedules', () => {
  it('never have two winners, lose nothing, and decide when a majority is there', async () => {
    expect(await findings(SCHEDULES)).toEqual([])
  }, 300_000)

  it.each(Object.entries(sabotages))(
    'are seen to fail where a node %s',
    async (what, sabotage) => {
      expect(await findings(SABOTAGED, sabotage, schedulesFor(what))).not.toEqual([])
    },
    60_000,
  )
})
