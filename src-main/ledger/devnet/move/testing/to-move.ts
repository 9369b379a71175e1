import { toHex } from '../../../../base/index.ts'
import type { MoveEvent, MoveFailure } from '../index.ts'
import { type Arg, type Call, hexText } from './arguments.ts'
import type { Case, Step } from './script.ts'
import { CLOCK_DIGEST, idOf, mintDigest, type Transaction } from './world.ts'

/** A test module of the builder's language with one unit test for each case. */
export function testModule(name: string, cases: readonly Case[], modules = 'channel, registry'): string {
  return `#[test_only, allow(unused)]
module parley::${name} {
    use iota::{clock, coin, event, test_scenario as ts, tx_context};
    use parley::{${modules}};
    use std::bcs;

${cases.map(testFunction).join('\n')}
}
`
}

function testFunction({ name, steps, failing }: Case): string {
  const last = failing ? [...opening(failing.transaction, steps.length + 1), ...callLines(failing.transaction)] : []
  const lines = [
    'let mut s = ts::begin(@0x0);',
    `let mut clock = clock::create_for_testing(&mut tx_context::new(@0x0, ${hexText(CLOCK_DIGEST)}, 0, 0));`,
    // The whole script's own test checks these steps; here they only lead to the failure.
    ...steps.flatMap((step, index) => (failing ? quietLines(step, index + 1) : stepLines(step, index + 1))),
    ...last,
    // After an abort nothing runs; the lines below only make the function complete.
    ...(failing ? ['abort 99'] : ['clock.destroy_for_testing();', 's.end();']),
  ]
  const attribute = failing ? `#[test, ${expectation(failing.failure)}]` : '#[test]'
  return `    ${attribute} fun ${name}() {\n${lines.map((line) => `        ${line}`).join('\n')}\n    }`
}

function expectation({ status, message }: MoveFailure): string {
  const aborted = status.MoveAbort as [{ module: { name: string; address: string } }, string] | undefined
  if (aborted) {
    const [{ module }, code] = aborted
    return `expected_failure(abort_code = ${code}, location = ${module.address}::${module.name})`
  }
  const place = status.MovePrimitiveRuntimeError as { module: { name: string; address: string } } | undefined
  if (!place) throw new Error(`no test expects ${message}`)
  return `expected_failure(${errorKind(message)}, location = ${place.module.address}::${place.module.name})`
}

/** Errors of vectors have a number of their own in the other machine. */
function errorKind(message: string): string {
  if (message.endsWith('an index out of bounds')) return 'vector_error, minor_status = 1'
  if (message.endsWith('an empty vector')) return 'vector_error, minor_status = 2'
  return message.endsWith('another length') ? 'vector_error, minor_status = 3' : 'arithmetic_error'
}

/** Begins a transaction as the interpreter's world did. */
function opening({ sender, epoch, time }: Transaction, number: number): string[] {
  return [
    `s.next_tx_in(@${sender}, ${epoch});`,
    `clock.set_for_testing(${time});`,
    `let mut mint = tx_context::new(@0x0, ${hexText(mintDigest(number))}, 0, 0);`,
  ]
}

/** A step without its checks. */
function quietLines({ transaction, done }: Step, number: number): string[] {
  const kept = [...done.touched].filter(([, bytes]) => bytes !== undefined)
  return [
    ...opening(transaction, number),
    ...callLines(transaction, done.outcome.returns.length),
    ...kept.map(([id]) => `ts::return_shared(${nameOf(id)});`),
  ]
}

function stepLines(step: Step, number: number): string[] {
  const { transaction, done } = step
  const returned = done.outcome.returns.map(
    (value, index) => `assert!(bcs::to_bytes(&r${index}) == ${hexText(value.bytes)});`,
  )
  const kept = [...done.touched].flatMap(([id, bytes]) =>
    bytes ? [`assert!(bcs::to_bytes(&${nameOf(id)}) == ${hexText(bytes)});`, `ts::return_shared(${nameOf(id)});`] : [],
  )
  return [
    ...opening(transaction, number),
    ...callLines(transaction, done.outcome.returns.length),
    ...returned,
    ...kept,
    ...eventLines(done.outcome.events),
    ...afterLines(step),
  ]
}

function callLines({ call }: Transaction, returns = 0): string[] {
  const objects = call.args.flatMap((arg) => (arg.kind === 'shared' ? [arg] : []))
  const takes = objects.map(
    ({ id, type }) => `let mut ${nameOf(id)} = s.take_shared_by_id<${type}>(object::id_from_address(@${id}));`,
  )
  const results = Array.from({ length: returns }, (_, index) => `r${index}`)
  const target = returns === 0 ? '' : `let ${returns === 1 ? 'r0' : `(${results.join(', ')})`} = `
  return [...takes, `${target}${callText(call)};`]
}

function callText({ module, function: name, typeArguments = [], args, context }: Call): string {
  const types = typeArguments.length === 0 ? '' : `<${typeArguments.join(', ')}>`
  const given = args.map(argText)
  return `${module}::${name}${types}(${[...given, ...(context ? ['s.ctx()'] : [])].join(', ')})`
}

function argText(arg: Arg): string {
  switch (arg.kind) {
    case 'pure':
      return arg.text
    case 'coin':
      return `coin::mint_for_testing<iota::iota::IOTA>(${arg.value}, &mut mint)`
    case 'clock':
      return '&clock'
    case 'shared':
      return arg.taken ? nameOf(arg.id) : `&mut ${nameOf(arg.id)}`
    case 'result':
      return callText(arg.call)
    case 'results':
      return `vector[${arg.calls.map(callText).join(', ')}]`
  }
}

/** Events of each type are the same, in the same order, and there are no others. */
function eventLines(events: readonly MoveEvent[]): string[] {
  const types = [...new Set(events.map((event) => event.type))]
  const lines = types.map((type) => {
    const own = events.filter((event) => event.type === type)
    const all = Uint8Array.from([own.length, ...own.flatMap((event) => [...event.bytes])])
    return `assert!(bcs::to_bytes(&event::events_by_type<${type}>()) == ${hexText(all)});`
  })
  return [...lines, `assert!(event::num_events() == ${events.length});`]
}

/** What the call handed over is found with its owner, in a transaction of its own. */
function afterLines({ transaction: { sender, epoch }, done: { outcome } }: Step): string[] {
  if (outcome.transferred.length === 0) return []
  const checks = outcome.transferred.flatMap(({ type, bytes, owner }) => {
    const id = `object::id_from_address(@${idOf(bytes)})`
    const same = `assert!(bcs::to_bytes(&o) == ${hexText(bytes)});`
    if ('AddressOwner' in owner)
      return [
        `let o = s.take_from_address_by_id<${type}>(@${owner.AddressOwner}, ${id});`,
        same,
        `ts::return_to_address(@${owner.AddressOwner}, o);`,
      ]
    return [`let o = s.take_shared_by_id<${type}>(${id});`, same, 'ts::return_shared(o);']
  })
  return [`s.look(@${sender}, ${epoch});`, ...checks]
}

function nameOf(id: string): string {
  return `o_${toHex(Buffer.from(id.slice(2, 14), 'hex'))}`
}
