import { decodeValue } from '../codec.ts'
import { Fault } from '../failure.ts'
import { present, Reference } from '../value.ts'
import type { Operation, Operations } from './operations.ts'

/** Borrows a field of the struct that a reference points at. */
function borrowField(mutable: boolean, generic: boolean): Operation {
  return (frame, { index }) => {
    const { compiled } = frame.fn.module
    const handle = generic ? (compiled.fieldInstantiations[index]?.of ?? -1) : index
    const field = compiled.fields[handle]?.[1] ?? -1
    frame.push(frame.reference().part(field, mutable))
  }
}

/** Locals, constants and what is borrowed. */
export const placeOperations: Operations = {
  Pop: (frame) => void frame.pop(),
  CopyLoc: (frame, { index }, { meter }) => frame.push(meter.copy(present(frame.locals[index]))),
  MoveLoc: (frame, { index }) => {
    frame.push(present(frame.locals[index]))
    frame.locals[index] = undefined
  },
  StLoc: (frame, { index }) => {
    frame.locals[index] = frame.pop()
  },
  MutBorrowLoc: (frame, { index }) => frame.push(Reference.to(frame.locals, index, true)),
  ImmBorrowLoc: (frame, { index }) => frame.push(Reference.to(frame.locals, index, false)),
  MutBorrowField: borrowField(true, false),
  ImmBorrowField: borrowField(false, false),
  MutBorrowFieldGeneric: borrowField(true, true),
  ImmBorrowFieldGeneric: borrowField(false, true),
  ReadRef: (frame, _, { meter }) => {
    frame.push(meter.copy(frame.reference().read()))
  },
  WriteRef: (frame) => {
    const reference = frame.reference()
    reference.write(frame.pop())
  },
  FreezeRef: (frame) => frame.push(frame.reference().frozen()),
  LdTrue: (frame) => frame.push(true),
  LdFalse: (frame) => frame.push(false),
  LdConst: (frame, { index }, { library, meter }) => {
    const constant = frame.fn.module.compiled.constants[index]
    if (!constant) throw new Fault('a constant that is not there')
    meter.charge(BigInt(constant.bytes.length))
    frame.push(decodeValue(library, constant.type, constant.bytes))
  },
}
