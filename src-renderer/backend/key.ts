import { inject, type InjectionKey } from 'vue'
import type { WindowBackend } from './backend.ts'

export const backendKey: InjectionKey<WindowBackend> = Symbol('backend')

/** The backend that `main.ts` provides; works in components and in stores. */
export function useBackend(): WindowBackend {
  const backend = inject(backendKey)
  if (!backend) throw new Error('the backend is provided in main.ts')
  return backend
}
