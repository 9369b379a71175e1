import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { MethodInput, MethodResult } from '../../src-main/contract/index.ts'
import { useBackend } from '../backend/index.ts'

export type IdentityState = MethodResult<'identity.status'>['state']

/** Who uses this window, and whether their keys are open. */
export const useSession = defineStore('session', () => {
  const backend = useBackend()
  const status = ref<MethodResult<'identity.status'>>()
  const identity = ref<MethodResult<'identity.get'>>()
  const info = ref<MethodResult<'app.info'>>()
  const failure = ref<unknown>()
  /** While a new identity shows its phrase, the onboarding stays although the identity is ready. */
  const onboarding = ref(false)

  backend.on('identity', () => void refresh())

  async function refresh(): Promise<void> {
    try {
      const [nextStatus, nextInfo] = await Promise.all([
        backend.call('identity.status', {}),
        backend.call('app.info', {}),
      ])
      identity.value = nextStatus.state === 'ready' ? await backend.call('identity.get', {}) : undefined
      info.value = nextInfo
      status.value = nextStatus
      failure.value = undefined
    } catch (thrown) {
      failure.value = thrown
    }
  }

  /** The phrase goes to the caller only: no store keeps it. */
  async function create(input: MethodInput<'identity.create'>): Promise<string[]> {
    onboarding.value = true
    try {
      return (await backend.call('identity.create', input)).recoveryPhrase
    } catch (thrown) {
      onboarding.value = false
      throw thrown
    }
  }

  async function finishOnboarding(): Promise<void> {
    await refresh()
    onboarding.value = false
  }

  async function restore(input: MethodInput<'identity.restore'>): Promise<void> {
    await backend.call('identity.restore', input)
    await refresh()
  }

  async function unlock(passphrase?: string): Promise<void> {
    await backend.call('identity.unlock', passphrase === undefined ? {} : { passphrase })
    await refresh()
  }

  async function lock(): Promise<void> {
    await backend.call('identity.lock', {})
    await refresh()
  }

  return { status, identity, info, failure, onboarding, refresh, create, finishOnboarding, restore, unlock, lock }
})
