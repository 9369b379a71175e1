import { defineStore } from 'pinia'
import { ref, watchEffect } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Settings } from '../../src-main/contract/index.ts'
import { useBackend } from '../backend/index.ts'
import { resolveLocale } from '../locales/index.ts'

/** The user's settings; theme and language take effect at once. */
export const useSettings = defineStore('settings', () => {
  const backend = useBackend()
  const { locale } = useI18n({ useScope: 'global' })
  const settings = ref<Settings>({
    theme: 'system',
    locale: 'system',
    autoLockMinutes: 0,
    directConnections: true,
    walletHidden: false,
    ledgerSignalling: 'auto',
  })
  const loaded = ref(false)

  backend.on('settings', (next) => (settings.value = next))
  watchEffect(() => {
    const root = document.documentElement
    if (settings.value.theme === 'system') delete root.dataset.theme
    else root.dataset.theme = settings.value.theme
    locale.value = resolveLocale(settings.value.locale, navigator.languages)
    root.lang = locale.value
  })

  async function load(): Promise<void> {
    settings.value = await backend.call('settings.get', {})
    loaded.value = true
  }

  async function change(changes: Partial<Settings>): Promise<void> {
    settings.value = await backend.call('settings.set', changes)
  }

  return { settings, loaded, load, change }
})
