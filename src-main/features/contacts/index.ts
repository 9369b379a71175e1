/**
 * Contacts: request, accept, ignore, block. Only a contact may write.
 *
 *   const contact = contacts.add('0x…', 'Bob', 'It is Alice')
 *   contacts.on('contact', ({ contact, removed }) => …)
 */
export { Contacts, type ContactsParts } from './contacts.ts'
export { type RequestParts, Requests } from './requests.ts'
export type { ContactEvents, ContactNetwork, ContactSessions } from './types.ts'
