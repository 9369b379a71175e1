import type { Room } from '../../src-main/contract/index.ts'
import { milliseconds, type PathWords, type Tone } from './states.ts'

/** How a room stands, in words. */
export function roomWords(room: Room): PathWords {
  if (room.state === 'joining') return { key: 'room.state.joining', tone: 'warn' }
  if (room.state === 'paused') return { key: 'room.state.paused', tone: 'bad' }
  const count = people(room)
  if (count === 1) return { key: 'room.state.openOne', tone: 'ok' }
  return { key: 'room.state.open', params: { count: String(count) }, tone: 'ok' }
}

/** Who is connected; somebody with several devices counts once. */
function people({ members }: Room): number {
  return new Set(members.filter(({ path }) => path !== 'offline').map(({ address }) => address)).size
}

const memberTones: Readonly<Record<Room['members'][number]['path'], Tone>> = {
  direct: 'ok',
  relay: 'ok',
  ledger: 'warn',
  offline: 'quiet',
}

/** How one member is connected, in words; who is not reached yet is waited for. */
export function memberWords({ path, rttMs }: Room['members'][number]): PathWords {
  const tone = memberTones[path]
  if (path === 'offline') return { key: 'room.memberWaiting', tone }
  if (path === 'ledger' || rttMs === undefined) return { key: `path.${path}`, tone }
  return { key: `path.${path}Rtt`, params: { ms: milliseconds(rttMs) }, tone }
}

/** Why a room is paused, as a locale key; codes without words of their own read as errors. */
export function pauseKey(reason: string | undefined): string {
  if (reason === 'payment_required') return 'room.pause.consent'
  if (reason === 'insufficient_funds') return 'room.pause.funds'
  if (reason === 'not_supported') return 'room.pause.direct'
  if (reason === 'rate_limited') return 'room.pause.today'
  return reason === 'ledger_unreachable' ? 'room.pause.ledger' : 'room.pause.other'
}

/** Whether a text could be the secret or the link of a room: only the main process decides. */
export function looksLikeRoom(text: string): boolean {
  return /^parley:(\/\/)?room/i.test(text.trim())
}
