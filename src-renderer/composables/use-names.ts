import { useContacts } from '../stores/contacts.ts'
import { useWallet } from '../stores/wallet.ts'

/** What an address is called: a contact's name, one's own account, or the short address. */
export function useNames() {
  const contacts = useContacts()
  const wallet = useWallet()
  const isKnown = (address: string) => contacts.byAddress.get(address)?.state === 'accepted' || isOwn(address)
  const isOwn = (address: string) => wallet.nameOfOwn(address) !== undefined
  const nameOf = (address: string) => wallet.nameOfOwn(address) ?? contacts.nameOf(address)
  return { nameOf, isOwn, isKnown }
}
