import { existsSync, globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { root } from './run-tasks.ts'

/** Above this a file needs a line near its top that says why: `Long because: …`. */
const MAX_LINES = 300
const HEADER_LINES = 12

const sources = ['{src-main,src-renderer,build,bench,e2e}/**/*.{ts,vue,cjs,css,sh}', '*.{ts,js}']
const everywhere = [...sources, 'docs/**/*.md', '*.md', '*.json', 'build/*.{json,yml}', '.ci/*', '.npmrc']

/** Package registries: a lock file or script that names one works only where that one can be reached. */
const registryHost = new RegExp(`${['registry', '(npmjs|yarnpkg)', '(org|com)'].join('[.]')}|npm${'mirror'}`, 'i')

export interface Finding {
  file: string
  problem: string
}

export function checkLength(file: string, text: string): Finding[] {
  const lines = text.split('\n')
  const count = lines.length - (lines.at(-1) === '' ? 1 : 0)
  const reason = lines.slice(0, HEADER_LINES).some((line) => /Long because: \S/.test(line))
  return count > MAX_LINES && !reason
    ? [{ file, problem: `${count} lines (at most ${MAX_LINES} without a reason)` }]
    : []
}

export function checkRegistry(file: string, text: string): Finding[] {
  const line = text.split('\n').findIndex((candidate) => registryHost.test(candidate))
  return line < 0 ? [] : [{ file, problem: `names a package registry in line ${line + 1}` }]
}

/** Links to files of the project that are not there. */
export function checkLinks(file: string, text: string, exists: (path: string) => boolean): Finding[] {
  const prose = text.replace(/```[\s\S]*?```/g, '')
  const targets = [...prose.matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '')
  const local = targets.filter((target) => !/^([a-z]+:|#)/i.test(target))
  const missing = local.filter((target) => !exists(join(dirname(file), target.split('#')[0] ?? '')))
  return missing.map((target) => ({ file, problem: `links to ${target}, which is not there` }))
}

async function checkAll(): Promise<Finding[]> {
  const list = (patterns: string[]) => globSync(patterns, { cwd: root, exclude: ['**/node_modules', 'build/patches'] })
  const read = async (file: string) => await readFile(join(root, file), 'utf8')
  const findings: Finding[] = []
  for (const file of list(sources)) findings.push(...checkLength(file, await read(file)))
  for (const file of list(everywhere)) findings.push(...checkRegistry(file, await read(file)))
  const exists = (path: string) => existsSync(join(root, path))
  for (const file of list(['docs/**/*.md', '*.md'])) findings.push(...checkLinks(file, await read(file), exists))
  return findings
}

if (import.meta.main) {
  const findings = await checkAll()
  for (const { file, problem } of findings) console.log(`${relative(root, join(root, file))}: ${problem}`)
  process.exitCode = findings.length === 0 ? 0 : 1
}
