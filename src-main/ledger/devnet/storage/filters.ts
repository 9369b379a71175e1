import type { EventFilter, TransactionFilter } from '../types.ts'
import { key } from './codec.ts'
import type { SQLInputValue } from './database.ts'
import { ROLE, USE } from './schema.ts'

interface Condition {
  where: string
  values: SQLInputValue[]
}

/** The index that knows a filter's transactions by `number`. */
export function transactionSource(filter: TransactionFilter): Condition & { table: string } {
  if ('sender' in filter) return sentBy(filter.sender, filter.recipient)
  if ('recipient' in filter) return addresses(filter.recipient, ROLE.recipient)
  if ('party' in filter) return addresses(filter.party, ROLE.party)
  if ('changed' in filter) return objects(filter.changed, USE.changed)
  if ('gone' in filter) return objects(filter.gone, USE.gone)
  if ('input' in filter) return objects(filter.input, USE.input)
  if ('checkpoint' in filter)
    return { table: 'checkpoint', where: 'bytes IS NOT NULL AND number = ?', values: [filter.checkpoint] }
  if ('package' in filter) return calls(filter)
  return { table: 'checkpoint', where: 'bytes IS NOT NULL', values: [] }
}

/** The rows of `event` that a filter means. */
export function eventCondition(filter: EventFilter): Condition {
  if ('sender' in filter) return { where: 'sender = ?', values: [key(filter.sender)] }
  if ('transaction' in filter)
    return { where: 'number = (SELECT number FROM checkpoint WHERE tx = ?)', values: [filter.transaction] }
  if ('type' in filter) return { where: 'type = ?', values: [filter.type] }
  if ('from' in filter) return { where: 'time >= ? AND time < ?', values: [filter.from, filter.to] }
  if ('definedIn' in filter) return inModule('type_package', 'type_module', filter.definedIn)
  if ('package' in filter) return inModule('package', 'module', filter)
  return { where: 'TRUE', values: [] }
}

function addresses(address: string, role: number): Condition & { table: string } {
  return { table: 'address_index', where: 'address = ? AND role = ?', values: [key(address), role] }
}

function sentBy(sender: string, recipient: string | undefined): Condition & { table: string } {
  const sent = addresses(sender, ROLE.sender)
  if (recipient === undefined) return sent
  const received = `EXISTS (SELECT 1 FROM address_index AS other
    WHERE other.address = ? AND other.role = ? AND other.number = address_index.number)`
  return { ...sent, where: `${sent.where} AND ${received}`, values: [...sent.values, key(recipient), ROLE.recipient] }
}

function objects(id: string, use: number): Condition & { table: string } {
  return { table: 'object_index', where: 'id = ? AND use = ?', values: [key(id), use] }
}

function calls(filter: { package: string; module?: string; function?: string }): Condition & { table: string } {
  const parts: [string, SQLInputValue][] = [['package = ?', key(filter.package)]]
  if (filter.module !== undefined) parts.push(['module = ?', filter.module])
  if (filter.function !== undefined) parts.push(['function = ?', filter.function])
  return {
    table: 'call_index',
    where: parts.map(([text]) => text).join(' AND '),
    values: parts.map(([, value]) => value),
  }
}

function inModule(
  packageColumn: string,
  moduleColumn: string,
  filter: { package: string; module?: string },
): Condition {
  if (filter.module === undefined) return { where: `${packageColumn} = ?`, values: [key(filter.package)] }
  return { where: `${packageColumn} = ? AND ${moduleColumn} = ?`, values: [key(filter.package), filter.module] }
}
