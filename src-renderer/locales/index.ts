/**
 * The languages of the window. Messages are compiled to functions of the library's own interpreter: no eval, so
 * `script-src 'self'` holds.
 */
import { createI18n } from 'vue-i18n'
import { de } from './de.ts'
import { en } from './en.ts'

export type Locale = 'en' | 'de'

export function createLocales() {
  return createI18n({ legacy: false, locale: 'en' as Locale, fallbackLocale: 'en', messages: { en, de } })
}

/** The language for a setting; `system` follows the browser and falls back to English. */
export function resolveLocale(setting: 'system' | Locale, languages: readonly string[]): Locale {
  if (setting !== 'system') return setting
  const wanted = languages.map((language) => language.slice(0, 2).toLowerCase())
  return wanted.find((language): language is Locale => language === 'en' || language === 'de') ?? 'en'
}
