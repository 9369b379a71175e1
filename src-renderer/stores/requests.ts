import { defineStore } from 'pinia'
import { useBackend } from '../backend/index.ts'

/** Requests for money in conversations; how they stand is told by the messages themselves. */
export const useRequests = defineStore('requests', () => {
  const backend = useBackend()

  const ask = (chat: string, nanos: bigint, note: string) =>
    backend.call('wallet.request', { chat, nanos, ...(note ? { note } : {}) })
  const pay = (requestId: string, account: number) => backend.call('wallet.payRequest', { requestId, account })
  const decline = (requestId: string) => backend.call('wallet.declineRequest', { requestId })
  const cancel = (requestId: string) => backend.call('wallet.cancelRequest', { requestId })

  return { ask, pay, decline, cancel }
})
