/** Packages that every network begins with: here natives of the machine, without bytecode of their own. */
const FRAMEWORK = new Set(['1', '2', '3', '107a'].map((hex) => `0x${hex.padStart(64, '0')}`))

export function isFramework(packageId: string): boolean {
  return FRAMEWORK.has(packageId)
}
