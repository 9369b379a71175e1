import { fileURLToPath } from 'node:url'
import { defineConfig } from 'electron-vite'
import renderer from './src-renderer/vite.config.ts'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** Read as one file instead of hundreds, and only what is used of them. */
const bundled = [
  '@hpke/chacha20poly1305',
  '@hpke/core',
  '@hpke/dhkem-x25519',
  '@hpke/hybridkem-x-wing',
  '@hpke/ml-kem',
  '@iota/bcs',
  '@noble/ciphers',
  '@noble/curves',
  '@noble/hashes',
  '@noble/post-quantum',
  '@scure/bip39',
  'birpc',
  'devalue',
  'micro-key-producer',
  'ts-mls',
  'valibot',
]

export default defineConfig({
  main: {
    build: {
      outDir: path('out/main'),
      // Native modules and the ledger SDK stay in node_modules.
      externalizeDeps: { exclude: bundled },
      rollupOptions: {
        input: {
          index: path('src-main/hosts/electron/main.ts'),
          cli: path('src-main/hosts/cli/main.ts'),
          'mls-worker': path('src-main/session/worker.ts'),
          'peer-process': path('src-main/peer/process.ts'),
          'keychain-process': path('src-main/keys/keychain-process.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: path('out/preload'),
      // A sandboxed preload can require nothing but electron.
      externalizeDeps: false,
      rollupOptions: {
        input: { preload: path('src-main/hosts/electron/preload.ts') },
        external: ['electron'],
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    ...renderer,
    build: { ...renderer.build, rollupOptions: { input: path('src-renderer/index.html') } },
  },
})
