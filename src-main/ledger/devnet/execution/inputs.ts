import { fromBase64 } from '@iota/bcs'
import type { LedgerObject } from '../objects/index.ts'
import { CLOCK_ID, MAX_PURE_BYTES } from './constants.ts'
import { InvalidTransaction, NotSupported } from './errors.ts'
import type { CallInput, LedgerTransaction, ObjectRef, SharedRef } from './transaction.ts'
import type { Input, LoadedInputs, Mode, SharedInput } from './types.ts'

/** What execution reads of the ledger. */
export interface ObjectSource {
  get(id: string): LedgerObject | undefined
}

/** Finds the objects of one transaction and checks that they may be used as it says. */
export class InputLoader {
  readonly objects = new Map<string, LedgerObject>()
  readonly #readOnly = new Map<string, LedgerObject>()
  readonly #sharedInputs: SharedInput[] = []
  readonly #source: ObjectSource
  readonly #mode: Mode

  constructor(source: ObjectSource, mode: Mode) {
    this.#source = source
    this.#mode = mode
  }

  gasCoin(reference: ObjectRef, owner: string): LedgerObject {
    const object = this.#current(reference)
    this.#checkOwner(object, owner)
    this.#claim(object)
    return object
  }

  /** Throws InvalidTransaction or NotSupported. */
  load({ inputs, sender }: LedgerTransaction): LoadedInputs {
    return {
      inputs: inputs.map((input) => this.#input(input, sender)),
      objects: this.objects,
      readOnly: this.#readOnly,
      sharedInputs: this.#sharedInputs,
    }
  }

  #input(input: CallInput, sender: string): Input {
    if (input.Pure) return { pure: pureBytes(input.Pure.bytes) }
    const { ImmOrOwnedObject, SharedObject } = input.Object
    if (ImmOrOwnedObject) return this.#owned(ImmOrOwnedObject, sender)
    if (SharedObject) return this.#shared(SharedObject)
    throw new NotSupported('Receiving an object')
  }

  #owned(reference: ObjectRef, sender: string): Input {
    const object = this.#current(reference)
    if ('Immutable' in object.owner) {
      this.#checkUnused(object.id)
      this.#readOnly.set(object.id, object)
      return { object, access: 'readOnly' }
    }
    this.#checkOwner(object, sender)
    this.#claim(object)
    return { object, access: 'owned' }
  }

  #shared({ objectId: id, initialSharedVersion, mutable }: SharedRef): Input {
    const object = this.#source.get(id)
    if (!object) throw new InvalidTransaction(`Could not find the referenced object ${id} at version None`)
    if (!('Shared' in object.owner)) throw new InvalidTransaction('Object used as shared is not shared')
    if (object.owner.Shared.initialSharedVersion !== initialSharedVersion)
      throw new InvalidTransaction('Wrong initial version given for shared object')
    if (id === CLOCK_ID && mutable)
      throw new InvalidTransaction('Mutable parameter provided, immutable parameter expected')
    this.#checkUnused(id)
    const uses = mutable ? this.objects : this.#readOnly
    uses.set(id, object)
    this.#sharedInputs.push({ id, version: object.version, digest: object.digest, mutable })
    return { object, access: mutable ? 'sharedMutable' : 'readOnly' }
  }

  /** The object in exactly the version that the transaction names. */
  #current({ objectId: id, version, digest }: ObjectRef): LedgerObject {
    const object = this.#source.get(id)
    if (!object) throw new InvalidTransaction(`Could not find the referenced object ${id} at version ${version}`)
    if ('Package' in object.type) throw new InvalidTransaction(`Move package cannot be passed as an object: ${id}`)
    if (object.version !== BigInt(version))
      throw new InvalidTransaction(
        `Object ID ${id} Version ${version} Digest ${digest} is not available for consumption, current version: ${object.version}`,
      )
    if (object.digest !== digest) throw new InvalidTransaction(`Invalid object digest for object ${id}`)
    return object
  }

  #checkOwner({ id, owner }: LedgerObject, signer: string): void {
    if ('Shared' in owner) throw new InvalidTransaction('Object used as owned is shared')
    if (this.#mode === 'inspect') return
    if (!('AddressOwner' in owner) || owner.AddressOwner !== signer)
      throw new InvalidTransaction(
        `Transaction was not signed by the correct sender: Object ${id} is not owned by account address ${signer}`,
      )
  }

  #claim(object: LedgerObject): void {
    this.#checkUnused(object.id)
    this.objects.set(object.id, object)
  }

  #checkUnused(id: string): void {
    if (this.objects.has(id) || this.#readOnly.has(id))
      throw new InvalidTransaction(`Mutable object ${id} cannot appear more than one in one transaction`)
  }
}

function pureBytes(text: string): Uint8Array {
  const bytes = fromBase64(text)
  if (bytes.length < MAX_PURE_BYTES) return bytes
  throw new InvalidTransaction(`Size limit exceeded: maximum pure argument size is ${MAX_PURE_BYTES}`)
}
