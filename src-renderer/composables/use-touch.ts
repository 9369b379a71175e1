import { onScopeDispose } from 'vue'
import { useBackend } from '../backend/index.ts'

/** Well below the shortest auto-lock of a minute. */
const EVERY_MS = 20_000

/** Tells the main process that a person uses the window, by pointer or keyboard: auto-lock goes by this alone. */
export function useTouch(): void {
  const backend = useBackend()
  let last = Date.now()
  const tell = () => {
    if (Date.now() - last < EVERY_MS || backend.state.value !== 'up') return
    last = Date.now()
    backend.call('app.touch', {}).catch(() => {})
  }
  const kinds = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const
  for (const kind of kinds) addEventListener(kind, tell, { passive: true })
  onScopeDispose(() => kinds.forEach((kind) => removeEventListener(kind, tell)))
}
