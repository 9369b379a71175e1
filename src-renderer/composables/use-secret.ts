import { computed, ref } from 'vue'
import { useSession } from '../stores/session.ts'
import { useTask } from './use-task.ts'

/** Work that the passphrase or the keychain is asked for anew; what was typed is forgotten as soon as it was used. */
export function useSecret() {
  const session = useSession()
  const { busy, problem, run } = useTask()
  const passphrase = ref('')
  const byKeychain = computed(() => session.status?.keystore !== 'vault')
  const isMissing = computed(() => !byKeychain.value && passphrase.value === '')

  async function unlocked<T>(work: (secret: { passphrase?: string }) => Promise<T>): Promise<T | undefined> {
    const secret = byKeychain.value ? {} : { passphrase: passphrase.value }
    const result = await run(() => work(secret))
    passphrase.value = ''
    return result
  }
  return { passphrase, byKeychain, isMissing, busy, problem, unlocked }
}
