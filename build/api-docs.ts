import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { errorCodes, events, methods } from '../src-main/contract/index.ts'
import * as contract from '../src-main/contract/index.ts'
import { codeMeanings, head, http, typeNotes } from './api-text.ts'
import { root } from './run-tasks.ts'
import { definition, isSchema, type Named, type Schema, scalarRules, shape } from './schema-text.ts'

const target = join(root, 'docs', 'api.md')

/** docs/api.md from the tables of the contract, formatted as the project's Prettier formats it. */
export async function apiDocs(): Promise<string> {
  const named = namedSchemas()
  const parts = [
    head,
    `## Calls\n\n${groups(methods)
      .map(([group, entries]) => `### ${group}\n\n${callEntries(entries, named)}`)
      .join('\n\n')}`,
    `## Events\n\n${eventEntries(named)}`,
    `## Types\n\n${types(named)}`,
    `## Error codes\n\n${codes()}`,
    http,
  ]
  const options = (await resolveConfig(target)) ?? {}
  return await format(parts.join('\n\n'), { ...options, parser: 'markdown' })
}

/** Exported schemas by what they are called in the document, in order: `contactSchema` is `Contact`. */
function namedSchemas(): Named {
  const found: Named = new Map()
  for (const [name, value] of Object.entries(contract)) {
    if (!name.endsWith('Schema') || !isSchema(value) || found.has(value)) continue
    found.set(value, nameOf(name.slice(0, -'Schema'.length)))
  }
  return new Map([...found].sort(([, a], [, b]) => (a < b ? -1 : 1)))
}

type Entry = [name: string, { input: Schema; output: Schema }]

function groups(table: typeof methods): [string, Entry[]][] {
  const found = new Map<string, Entry[]>()
  for (const [name, { input, output }] of Object.entries(table)) {
    const group = name.split('.')[0] ?? name
    found.set(group, [...(found.get(group) ?? []), [name, { input: input as Schema, output: output as Schema }]])
  }
  return [...found]
}

function callEntries(entries: Entry[], named: Named): string {
  const comments = commentsIn('methods')
  return entries
    .map(([name, { input, output }]) => {
      const about = comments.get(name)
      const fields = fieldsOf(comments, name)
      const lines = [`takes ${shape(input, named, fields)}`, `gives ${shape(output, named, fields)}`]
      return `#### \`${name}\`\n\n${about ? `${about}\n\n` : ''}\`\`\`ts\n${lines.join('\n')}\n\`\`\``
    })
    .join('\n\n')
}

function eventEntries(named: Named): string {
  const comments = commentsIn('events')
  return Object.entries(events)
    .map(([name, schema]) => {
      const about = comments.get(name)
      return `#### \`${name}\`\n\n${about ? `${about}\n\n` : ''}\`\`\`ts\n${shape(schema as Schema, named, fieldsOf(comments, name))}\n\`\`\``
    })
    .join('\n\n')
}

function types(named: Named): string {
  const comments = commentsIn('schemas')
  const entries = [...named].map(([schema, name]) => ({ schema, name, about: typeNotes[name] ?? comments.get(name) }))
  const rows = entries
    .filter(({ schema }) => schema.entries === undefined)
    .map(({ schema, name, about }) => `| \`${name}\` | ${cell(scalarRules(schema))} | ${cell(about ?? '')} |`)
  const objects = entries
    .filter(({ schema }) => schema.entries !== undefined)
    .map(
      ({ schema, name }) =>
        `#### \`${name}\`\n\n\`\`\`ts\n${definition(schema, named, fieldsOf(comments, name))}\n\`\`\``,
    )
  return `| Name | In JSON | Means |\n|---|---|---|\n${rows.join('\n')}\n\n${objects.join('\n\n')}`
}

function codes(): string {
  const rows = errorCodes.map((code) => `| \`${code}\` | ${codeMeanings[code]} |`)
  return `| Code | Means |\n|---|---|\n${rows.join('\n')}`
}

function fieldsOf(comments: Map<string, string>, entry: string): Map<string, string> {
  const own = [...comments].filter(([key]) => key.startsWith(`${entry}/`))
  return new Map(own.map(([key, about]) => [key.slice(entry.length + 1), about]))
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

/** Where each kind of entry stands in the contract, and what begins one: a call, an event, a named schema. */
const sources = {
  methods: { files: ['methods.ts', 'wallet.ts', 'rooms.ts', 'overlay.ts'], start: /^ {2}'(\w+\.\w+)': / },
  events: { files: ['events.ts', 'rooms.ts'], start: /^ {2}'?([\w.]+)'?: / },
  schemas: { files: ['schemas.ts', 'wallet.ts', 'rooms.ts', 'overlay.ts'], start: /^export const (\w+)Schema = / },
} as const
const commentAbove = /\/\*\*([^]*?)\*\/\s*([^\n]*)/g

/** Doc comments of the contract: by entry (`chats.send`, `Contact`), and by entry and field (`Contact/name`). */
function commentsIn(kind: keyof typeof sources): Map<string, string> {
  return new Map(sources[kind].files.flatMap((file) => [...commentsOf(kind, file)]))
}

function commentsOf(kind: keyof typeof sources, file: string): Map<string, string> {
  const text = readFileSync(join(root, 'src-main', 'contract', file), 'utf8')
  const found = new Map<string, string>()
  for (const match of text.matchAll(commentAbove)) {
    const about = (match[1] ?? '').replace(/\s*\n\s*\*?\s*/g, ' ').trim()
    const isField = kind === 'schemas' ? !match[2]?.startsWith('export') : indentOf(text, match.index) > 2
    const before = text.slice(0, isField ? match.index : match.index + match[0].length)
    const field = /^(\w+):/.exec(match[2] ?? '')?.[1]
    const entry = lastEntry(before, sources[kind].start)
    if (entry && (!isField || field)) found.set(isField ? `${entry}/${field}` : entry, about)
  }
  return found
}

function indentOf(text: string, at: number): number {
  return at - (text.lastIndexOf('\n', at) + 1)
}

function lastEntry(text: string, start: RegExp): string | undefined {
  for (const line of text.split('\n').reverse()) {
    const name = start.exec(line)?.[1]
    if (name) return line.startsWith('export') ? nameOf(name) : name
  }
  return undefined
}

function nameOf(schema: string): string {
  return `${schema[0]?.toUpperCase()}${schema.slice(1)}`
}

if (import.meta.main) {
  writeFileSync(target, await apiDocs())
  console.log('docs/api.md is written')
}
