/**
 * What a node checks before it publishes modules.
 *
 *   const published = verifyPackage(library, modules, packageId)
 */
export { verifyPackage } from './package.ts'
