import { onMounted, onUnmounted } from 'vue'

/**
 * Runs `work` when the component is shown and `pauseMs` after each run, while it and the window are visible. One run at a
 * time; `false` ends it until the window is looked at again.
 */
export function usePolling(work: () => Promise<boolean>, pauseMs: number): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let running = false
  let shown = false

  async function turn(): Promise<void> {
    clearTimeout(timer)
    if (running || !shown || document.hidden) return
    running = true
    const goesOn = await work().finally(() => (running = false))
    if (goesOn && shown) timer = setTimeout(() => void turn(), pauseMs)
  }
  const look = () => void turn()

  onMounted(() => {
    shown = true
    document.addEventListener('visibilitychange', look)
    look()
  })
  onUnmounted(() => {
    shown = false
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', look)
  })
}
