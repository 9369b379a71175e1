import { useI18n } from 'vue-i18n'
import type { Transaction } from '../../src-main/contract/index.ts'
import { activityKey } from '../model/activity.ts'
import { useNames } from './use-names.ts'

/** What an activity was, in words: "To Bob", "Test tokens from the faucet". */
export function useActivityWords() {
  const { t } = useI18n()
  const names = useNames()
  const title = (transaction: Transaction) =>
    t(activityKey(transaction), { name: names.nameOf(transaction.counterparty ?? '') })
  return { title }
}
