import * as v from 'valibot'
import {
  addressInputSchema,
  addressSchema,
  chatSchema,
  contactSchema,
  deviceIdSchema,
  messageIdSchema,
  messageSchema,
  nameSchema,
  nanosSchema,
  noteSchema,
  networkStatusSchema,
  passphraseSchema,
  settingsSchema,
  textSchema,
} from './schemas.ts'
import { overlayMethods } from './overlay.ts'
import { roomMethods } from './rooms.ts'
import { walletMethods } from './wallet.ts'

const nothing = v.strictObject({})
const phraseSchema = v.array(v.pipe(v.string(), v.regex(/^[a-z]{3,8}$/)))
const phraseInputSchema = v.pipe(
  v.array(v.pipe(v.string(), v.trim(), v.maxLength(16))),
  v.minLength(12),
  v.maxLength(24),
)
const identitySchema = v.object({
  address: addressSchema,
  /** The same address with the letters' case as checksum, for showing, copying and QR codes. */
  checksummed: v.string(),
  name: v.string(),
  deviceId: deviceIdSchema,
  phraseConfirmed: v.boolean(),
})
const byAddress = v.strictObject({ address: addressInputSchema })
const limit = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)), 50)

/**
 * Every call that the window or a bot may make: input and output schema are one value.
 * Names and shapes are stable; see docs/api.md.
 */
export const methods = {
  'app.info': {
    input: nothing,
    output: v.object({
      version: v.string(),
      host: v.picklist(['electron', 'headless']),
      dataFolder: v.string(),
      /** Whether `app.openDataFolder` can work on this host. */
      canOpenFolder: v.boolean(),
    }),
  },
  'app.openDataFolder': { input: nothing, output: nothing },
  /** The person is using the window, called at most every 20 s: what auto-lock goes by. A bot's every call counts as use. */
  'app.touch': { input: nothing, output: nothing },

  'identity.status': {
    input: nothing,
    output: v.object({
      state: v.picklist(['none', 'locked', 'ready']),
      /** Where the master key is or, with state `none`, would be by default. */
      keystore: v.picklist(['keychain', 'vault', 'memory']),
      keychainAvailable: v.boolean(),
    }),
  },
  'identity.create': {
    input: v.strictObject({ name: nameSchema, passphrase: v.optional(passphraseSchema) }),
    output: v.object({ address: addressSchema, deviceId: deviceIdSchema, recoveryPhrase: phraseSchema }),
  },
  /** Checks words of the phrase that the user typed back, so that the window need not keep the phrase. */
  'identity.confirmPhrase': {
    input: v.strictObject({
      words: v.pipe(
        v.array(
          v.strictObject({ index: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(23)), word: v.string() }),
        ),
        v.minLength(3),
        v.maxLength(24),
      ),
    }),
    output: v.object({ correct: v.boolean() }),
  },
  'identity.restore': {
    input: v.strictObject({
      name: nameSchema,
      recoveryPhrase: phraseInputSchema,
      passphrase: v.optional(passphraseSchema),
    }),
    output: v.object({ address: addressSchema, deviceId: deviceIdSchema }),
  },
  'identity.get': { input: nothing, output: identitySchema },
  'identity.lock': { input: nothing, output: nothing },
  'identity.unlock': {
    input: v.strictObject({ passphrase: v.optional(v.pipe(v.string(), v.maxLength(1024))) }),
    output: nothing,
  },
  /** The phrase again, after the passphrase (vault) or the keychain (keychain) has been asked anew. */
  'identity.revealPhrase': {
    input: v.strictObject({ passphrase: v.optional(v.pipe(v.string(), v.maxLength(1024))) }),
    output: v.object({ recoveryPhrase: phraseSchema }),
  },
  /** Every device that this address is known to have, revoked ones too. */
  'identity.devices': {
    input: nothing,
    output: v.object({
      devices: v.array(
        v.object({
          deviceId: deviceIdSchema,
          label: v.string(),
          thisDevice: v.boolean(),
          online: v.boolean(),
          revoked: v.boolean(),
        }),
      ),
    }),
  },
  /** Cuts off a lost device for good, after asking as `identity.revealPhrase` does. This device itself is a `conflict`. */
  'identity.revokeDevice': {
    input: v.strictObject({
      deviceId: deviceIdSchema,
      passphrase: v.optional(v.pipe(v.string(), v.maxLength(1024))),
    }),
    output: nothing,
  },

  /** Checks and explains an address before it is added: nothing is sent or stored. */
  'contacts.preview': {
    input: byAddress,
    output: v.object({
      address: addressSchema,
      checksummed: v.string(),
      isSelf: v.boolean(),
      /** Whether the input carried a checksum (mixed case) that held. */
      checked: v.boolean(),
      existing: v.optional(contactSchema),
    }),
  },
  /**
   * Asks an address to be a contact; an open request from there is accepted instead. Where the other's home nodes ask strangers for postage,
   * the request waits, the contact's `postage` says what it costs, and this again with `postage` agrees to pay so many NANOS at most.
   */
  'contacts.add': {
    input: v.strictObject({
      address: addressInputSchema,
      name: v.optional(nameSchema),
      note: v.optional(noteSchema),
      postage: v.optional(nanosSchema),
    }),
    output: contactSchema,
  },
  'contacts.accept': { input: byAddress, output: contactSchema },
  /** Drops an incoming request without telling the other. */
  'contacts.ignore': { input: byAddress, output: nothing },
  'contacts.rename': {
    input: v.strictObject({ address: addressInputSchema, name: nameSchema }),
    output: contactSchema,
  },
  'contacts.remove': { input: byAddress, output: nothing },
  'contacts.block': { input: byAddress, output: contactSchema },
  'contacts.unblock': { input: byAddress, output: nothing },
  'contacts.list': { input: nothing, output: v.object({ contacts: v.array(contactSchema) }) },

  'chats.list': { input: nothing, output: v.object({ chats: v.array(chatSchema) }) },
  'chats.send': {
    input: v.strictObject({ chat: addressInputSchema, text: textSchema }),
    output: v.object({ messageId: messageIdSchema }),
  },
  /** Newest first; `before` is a message id of the page before. */
  'chats.history': {
    input: v.strictObject({ chat: addressInputSchema, limit, before: v.optional(messageIdSchema) }),
    output: v.object({ messages: v.array(messageSchema) }),
  },
  /** Marks everything up to and with this message as read, and tells the other. */
  'chats.markRead': {
    input: v.strictObject({ chat: addressInputSchema, messageId: messageIdSchema }),
    output: nothing,
  },
  /** Tries a failed message again. */
  'chats.retry': { input: v.strictObject({ chat: addressInputSchema, messageId: messageIdSchema }), output: nothing },

  ...walletMethods,
  ...roomMethods,
  ...overlayMethods,

  'network.status': { input: nothing, output: networkStatusSchema },
  'settings.get': { input: nothing, output: settingsSchema },
  'settings.set': { input: v.partial(v.strictObject(settingsSchema.entries)), output: settingsSchema },
} as const

export type MethodName = keyof typeof methods
export type MethodInput<K extends MethodName> = v.InferInput<(typeof methods)[K]['input']>
/** What a handler gets: the input after its schema. */
export type MethodParams<K extends MethodName> = v.InferOutput<(typeof methods)[K]['input']>
export type MethodResult<K extends MethodName> = v.InferOutput<(typeof methods)[K]['output']>
export type Handlers = { [K in MethodName]: (params: MethodParams<K>) => Promise<MethodResult<K>> }
