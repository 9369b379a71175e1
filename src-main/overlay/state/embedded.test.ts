import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultLimits } from '../limits/limits.ts'
import { createEmbeddedState } from './embedded.ts'
import { stateSuite } from './testing/state-suite.ts'

const EMBEDDED = new URL('./embedded.ts', import.meta.url).href
const LIMITS = new URL('../limits/limits.ts', import.meta.url).href

stateSuite({
  name: 'embedded',
  async open(limits) {
    const folder = await mkdtemp(join(tmpdir(), 'parley-state-'))
    const make = async (file = 'node.db') => {
      const state = createEmbeddedState({
        path: join(folder, file),
        limits: { ...defaultLimits, ...limits },
        onError: () => {},
      })
      await state.start()
      return state
    }
    let state = await make()
    return {
      states: [state],
      async restart() {
        await state.stop()
        return (state = await make())
      },
      settled: () => Promise.resolve(),
      program: () => `
        import { createEmbeddedState } from ${JSON.stringify(EMBEDDED)}
        import { defaultLimits } from ${JSON.stringify(LIMITS)}
        const path = ${JSON.stringify(join(folder, 'killed.db'))}
        const state = createEmbeddedState({ path, limits: defaultLimits, onError: () => {} })
      `,
      async afterwards() {
        await state.stop()
        return (state = await make('killed.db'))
      },
      async close() {
        await state.stop()
        await rm(folder, { recursive: true, force: true })
      },
    }
  },
})
