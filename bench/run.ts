import { globSync } from 'node:fs'
import { basename } from 'node:path'
import type { Figure } from './figures.ts'

/** `npm run bench -- NAME`: runs bench/NAME.ts, prints its figures as a table and as one JSON line. */
const helpers = ['run', 'figures']
const names = globSync('*.ts', { cwd: import.meta.dirname })
  .map((file) => basename(file, '.ts'))
  .filter((name) => !helpers.includes(name) && !name.endsWith('.test'))
  .sort()

async function main(name: string | undefined): Promise<number> {
  if (name === undefined || !names.includes(name)) {
    console.error(`${name ? `There is no figure “${name}”. ` : ''}npm run bench -- ${names.join(' | ')}`)
    return name === undefined ? 0 : 2
  }
  const { default: measure } = (await import(`./${name}.ts`)) as { default: () => Promise<Figure[]> }
  const figures = await measure()
  const width = Math.max(...figures.map((figure) => figure.name.length))
  for (const figure of figures) console.log(row(figure, width))
  console.log(JSON.stringify({ bench: name, figures }))
  // A run that looks for violations sets it.
  return Number(process.exitCode ?? 0)
}

function row({ name, value, unit, goal }: Figure, width: number): string {
  const shown = value.toFixed(unit === 'count' ? 0 : 2).padStart(10)
  return `${name.padEnd(width)} ${shown} ${unit}${goal ? `   (goal ${goal})` : ''}`
}

process.exit(await main(process.argv[2]))
