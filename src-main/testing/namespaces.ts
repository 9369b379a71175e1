import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export const run = promisify(execFile)

/** `ip` with these arguments. */
export function ip(...args: string[]) {
  return run('ip', args)
}

/** Runs a command in a network namespace. */
export function inside(name: string, ...command: string[]) {
  return run('ip', ['netns', 'exec', name, ...command])
}

/** Names of a kind of lab carry the process that made them: what a killed run left behind is found by the next. */
export function labName(kind: string): string {
  return `parley-${kind}-${process.pid}`
}

/** Whether a name is that of a lab of this kind whose process has ended. */
export function isLeftover(kind: string, name: string): boolean {
  const [, pid] = new RegExp(`^parley-${kind}-(\\d+)-`).exec(name) ?? []
  return pid !== undefined && !isRunning(Number(pid))
}

/** Namespaces that killed runs of this kind of lab left behind. */
export async function leftNamespaces(kind: string): Promise<string[]> {
  const { stdout } = await ip('netns', 'list')
  const names = stdout.split('\n').map((line) => line.split(' ', 1)[0] ?? '')
  return names.filter((name) => isLeftover(kind, name))
}

/** Whether a namespace can be made here in which iptables takes a rule: needs root, iproute2 and iptables. */
export async function canMakeNamespace(kind: string, ...rule: string[]): Promise<boolean> {
  if (process.getuid?.() !== 0) return false
  const name = `${labName(kind)}-try`
  try {
    await ip('netns', 'add', name)
    await inside(name, 'iptables', ...rule)
    return true
  } catch {
    return false
  } finally {
    await ip('netns', 'del', name).catch(() => {})
  }
}

/** Whether a process with this id is there. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
