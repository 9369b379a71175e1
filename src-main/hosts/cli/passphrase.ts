import { SecretText } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { CommandIo } from './command.ts'

const ENTER = /[\r\n]/
const INTERRUPT = '\u0003'
const ERASE = /[\b\u007f]/

/** The vault's passphrase from PARLEY_PASSPHRASE or, where `ask` says so and a person is there, from the terminal. */
export async function readPassphrase(io: CommandIo, ask: boolean): Promise<SecretText | undefined> {
  const given = io.env['PARLEY_PASSPHRASE']
  // Whatever starts from here on has no use for it.
  delete io.env['PARLEY_PASSPHRASE']
  if (given) return new SecretText(given)
  if (!ask || !io.interactive) return undefined
  const typed = await prompt('Passphrase (empty to unlock later): ')
  return typed ? new SecretText(typed) : undefined
}

/** Reads a line without showing it. */
function prompt(question: string): Promise<string> {
  const { stdin, stderr } = process
  stderr.write(question)
  stdin.setRawMode(true).setEncoding('utf8').resume()
  return new Promise((resolve, reject) => {
    let text = ''
    const end = (settle: () => void) => {
      stdin.off('data', onData).setRawMode(false).pause()
      stderr.write('\n')
      settle()
    }
    const onData = (typed: string) => {
      for (const letter of typed) {
        if (ENTER.test(letter)) return end(() => resolve(text))
        if (letter === INTERRUPT) return end(() => reject(new ParleyError('locked', 'No passphrase was given.')))
        text = ERASE.test(letter) ? text.slice(0, -1) : text + letter
      }
    }
    stdin.on('data', onData)
  })
}
