import configuration from '../../resources/move/packages.json' with { type: 'json' }

/** The id of the published Move package on a network; undefined where nobody has entered one. */
export function packageOn(chain: string): string | undefined {
  return (configuration.packages as Record<string, string>)[chain]
}
