import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { execFile } from 'node:child_process'
import { root } from './run-tasks.ts'

/** How @electron/fuses finds the fuses in the program: this mark, a version, a count, one letter for each. */
const MARK = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const FUSES = 9

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'parley-package-'))))
afterEach(() => rm(folder, { recursive: true }))

function builder(...args: string[]): Promise<{ code: number; output: string }> {
  const cli = join(root, 'node_modules', 'electron-builder', 'cli.js')
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, CSC_IDENTITY_AUTO_DISCOVERY: 'false' }, timeout: 60_000 }
    execFile(process.execPath, [cli, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? 1 : 0, output: stdout + stderr })
    })
  })
}

/** A small project and a stand-in for Electron's unpacked distribution: nothing is fetched. */
async function prepare(): Promise<string> {
  const dist = join(folder, 'electron')
  await mkdir(join(dist, 'resources'), { recursive: true })
  const wire = Buffer.from([1, FUSES, ...Buffer.from('0'.repeat(FUSES))])
  await writeFile(join(dist, 'electron'), Buffer.concat([Buffer.from(`#!/bin/true ${MARK}`), wire]), { mode: 0o755 })
  await writeFile(join(dist, 'version'), '45.4.1')
  await mkdir(join(folder, 'out', 'main'), { recursive: true })
  await mkdir(join(folder, 'resources'))
  await writeFile(join(folder, 'out', 'main', 'index.js'), 'export {}\n')
  await writeFile(join(folder, 'out', 'main', 'native.node'), 'native')
  const { name, version, description, license, author, type, main } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  ) as Record<string, string>
  const manifest = { name, version, description, license, author, type, main, productName: 'Parley' }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  await writeFile(
    join(folder, 'package-lock.json'),
    JSON.stringify({ name, version, lockfileVersion: 3, packages: {} }),
  )
  return dist
}

test('the configuration packs a Linux folder offline: bundles in the archive, natives beside it, fuses set', async () => {
  const dist = await prepare()
  const config = join(root, 'build', 'electron-builder.yml')
  const { code, output } = await builder('--linux', 'dir', '--x64', '--config', config, `-c.electronDist=${dist}`)
  expect(code, output).toBe(0)
  const unpacked = join(folder, 'dist', 'linux-unpacked')
  expect((await stat(join(unpacked, 'resources', 'app.asar'))).size).toBeGreaterThan(0)
  const native = join(unpacked, 'resources', 'app.asar.unpacked', 'out', 'main', 'native.node')
  expect(await readFile(native, 'utf8')).toBe('native')
  const program = await readFile(join(unpacked, 'parley'))
  const wire = program.subarray(program.indexOf(MARK) + MARK.length + 2).toString('latin1')
  // runAsNode off, cookies encrypted, NODE_OPTIONS off, inspect off, archive checked, only the archive, no snapshot, no file: rights.
  expect(wire.slice(0, 8)).toBe('01001100')
})

test('a wrong configuration is refused by the schema', async () => {
  const dist = await prepare()
  const text = await readFile(join(root, 'build', 'electron-builder.yml'), 'utf8')
  await writeFile(join(folder, 'wrong.yml'), text.replace('runAsNode: false', 'runAsNode: maybe'))
  const { code, output } = await builder('--linux', 'dir', '--config', 'wrong.yml', `-c.electronDist=${dist}`)
  expect(code).toBe(1)
  expect(output).toContain('runAsNode')
})
