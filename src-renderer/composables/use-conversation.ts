import { onMounted, type Ref, watch } from 'vue'
import { useBackend } from '../backend/index.ts'
import { useMessages } from '../stores/messages.ts'
import { useTask } from './use-task.ts'

/** Loads a conversation when it is opened and when the connection comes back. */
export function useConversation(id: Readonly<Ref<string>>): void {
  const backend = useBackend()
  const messages = useMessages()
  const { run } = useTask({ toast: true })
  const load = () => void run(() => messages.open(id.value))
  onMounted(load)
  watch(backend.state, (state) => state === 'up' && load())
}
