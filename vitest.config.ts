import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue()],
  test: {
    include: ['{src-main,src-renderer,e2e,build,bench}/**/*.test.ts'],
    pool: 'forks',
    // Two workers on the smallest machine that the project knows: more only makes the tests of real networks slower.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
