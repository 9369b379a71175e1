import configuration from '../../resources/move/packages.json' with { type: 'json' }

/** The package that a local ledger begins with: "parley" as text. A published package's id is a hash, so no network has it. */
export const LOCAL_PACKAGE = `0x${'7061726c6579'.padStart(64, '0')}`

/** The id of the published Move package on a network; undefined where nobody has entered one. */
export function packageOn(chain: string): string | undefined {
  return (configuration.packages as Record<string, string>)[chain]
}
