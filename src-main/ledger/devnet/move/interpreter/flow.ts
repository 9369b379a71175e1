import type { Operation, Operations } from './operations.ts'

function call(generic: boolean): Operation {
  return (frame, { index }, run) => {
    const { compiled } = frame.fn.module
    const instantiation = generic ? compiled.functionInstantiations[index] : undefined
    const fn = run.library.callee(frame.fn.module, instantiation ? instantiation.of : index)
    const types = instantiation ? frame.types(instantiation.types) : []
    run.call(frame, fn, types, frame.popMany(fn.parameters.length))
  }
}

/** Branches, calls and logic; Ret and Abort are the interpreter's own. */
export const flowOperations: Operations = {
  Nop: () => undefined,
  Branch: (frame, { index }) => {
    frame.next = index
  },
  BrTrue: (frame, { index }) => {
    if (frame.bool()) frame.next = index
  },
  BrFalse: (frame, { index }) => {
    if (!frame.bool()) frame.next = index
  },
  Call: call(false),
  CallGeneric: call(true),
  Not: (frame) => frame.push(!frame.bool()),
  And: (frame) => {
    const [b, a] = [frame.bool(), frame.bool()]
    frame.push(a && b)
  },
  Or: (frame) => {
    const [b, a] = [frame.bool(), frame.bool()]
    frame.push(a || b)
  },
  Eq: (frame, _, { meter }) => {
    const [b, a] = [frame.pop(), frame.pop()]
    frame.push(meter.equal(a, b))
  },
  Neq: (frame, _, { meter }) => {
    const [b, a] = [frame.pop(), frame.pop()]
    frame.push(!meter.equal(a, b))
  },
}
