import type { Handlers } from '../contract/index.ts'
import type { AppControl } from './app-control.ts'

type RoomHandlers = Pick<Handlers, Extract<keyof Handlers, `rooms.${string}`>>

/** Every call about rooms. */
export function roomHandlers(app: AppControl): RoomHandlers {
  const rooms = () => app.account().rooms
  return {
    'rooms.list': async () => ({ rooms: rooms().list() }),
    'rooms.create': ({ title }) => rooms().create(title),
    'rooms.join': ({ secret, title }) => rooms().join(secret, title),
    'rooms.leave': async ({ roomId }) => {
      await rooms().leave(roomId)
      return {}
    },
    'rooms.rename': async ({ roomId, title }) => rooms().rename(roomId, title),
    'rooms.sendData': ({ roomId, to, data }) => rooms().sendData(roomId, to, data),
    'rooms.cost': () => rooms().cost(),
  }
}
