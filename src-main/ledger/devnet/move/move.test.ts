import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { buildAll, outputs, readPackage, testPackage } from '../../../../build/move.ts'
import { channelScripts } from './testing/channel-scenarios.ts'
import { fixtureCases, fixturePackage } from './testing/fixture.ts'
import { loadedMachine } from './testing/machine.ts'
import { randomScripts } from './testing/random-scripts.ts'
import { registryScripts } from './testing/registry-scenarios.ts'
import type { Case, Script } from './testing/script.ts'
import { abortCodes, publicFunctions } from './testing/sources.ts'
import { testModule } from './testing/to-move.ts'

/** Unit tests of one module: the compiler's time grows faster than their number. */
const CASES_PER_MODULE = 100
const RANDOM_SCRIPTS = 500

const scenarios = [...registryScripts(loadedMachine), ...channelScripts(loadedMachine)]

/** Runs what the interpreter did as unit tests in the builder's Move virtual machine; the text of what differs. */
async function differences(
  cases: readonly Case[],
  files = readPackage('parley'),
  modules?: string,
): Promise<{ agreed: number; failures: string }> {
  let agreed = 0
  let failures = ''
  for (let start = 0; start < cases.length; start += CASES_PER_MODULE) {
    const part = cases.slice(start, start + CASES_PER_MODULE)
    const { passed, output } = await testPackage({
      ...files,
      'tests/generated.move': testModule('generated', part, modules),
    })
    const count = Number(/passed: (\d+)/.exec(output)?.[1] ?? 0)
    agreed += count
    if (!passed || count !== part.length) failures += output.replaceAll(/\[ PASS.*\n/g, '')
  }
  return { agreed, failures }
}

const casesOf = (scripts: readonly Script[]) => scripts.flatMap((script) => script.cases)

test('the committed bytecode is what the sources compile to', async () => {
  const built = await buildAll()
  for (const name of ['parley', 'framework'] as const)
    expect(readFileSync(outputs[name], 'utf8'), 'npm run move').toBe(built[name])
})

test('every instruction gives the same in both machines, at the edges of every type', { timeout: 60_000 }, async () => {
  const cases = await fixtureCases()
  const { agreed, failures } = await differences(cases, fixturePackage(), 'fixture')
  expect(failures).toBe('')
  expect(agreed).toBe(cases.length)
})

test('every scenario has the same results, events and aborts in both machines', { timeout: 60_000 }, async () => {
  const cases = casesOf(scenarios)
  const { agreed, failures } = await differences(cases)
  expect(failures).toBe('')
  expect(agreed).toBe(cases.length)
})

test('the scenarios reach every abort code and call every public function', () => {
  const cases = casesOf(scenarios)
  const reached = cases.flatMap(({ failing }) => {
    const [place, code] = (failing?.failure.status.MoveAbort ?? []) as [{ module: { name: string } }?, string?]
    return place && code ? [`${place.module.name} ${code}`] : []
  })
  const codes = [...abortCodes].map(([name, code]) => `${name.split('::')[0]} ${code}`)
  expect(codes).toHaveLength(31)
  expect(new Set(reached)).toEqual(new Set(codes))
  const called = JSON.stringify(
    cases.flatMap(({ steps }) => steps.map((step) => step.transaction.call)),
    (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
  )
  const isCalled = (name: string) => called.includes(`"module":"${name.replace('::', '","function":"')}"`)
  expect(publicFunctions.filter((name) => !isCalled(name))).toEqual([])
})

test(`${RANDOM_SCRIPTS} random channels are the same in both machines`, { timeout: 120_000 }, async () => {
  const seed = process.env.MOVE_SEED ?? randomBytes(8).toString('hex')
  const machine = loadedMachine()
  const cases = casesOf(randomScripts(() => machine, seed, RANDOM_SCRIPTS))
  const { agreed, failures } = await differences(cases)
  expect(failures, `MOVE_SEED=${seed}`).toBe('')
  expect(agreed).toBe(cases.length)
  expect(cases.length).toBeGreaterThanOrEqual(RANDOM_SCRIPTS)
})
