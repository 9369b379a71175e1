import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue()],
  test: {
    projects: [
      { extends: true, test: { name: 'parts', include: ['{src-main,src-renderer,build,bench}/**/*.test.ts'] } },
      // What opens the window shall never open one that is older than its sources. A browser beside other tests may be slow.
      {
        extends: true,
        test: { name: 'e2e', include: ['e2e/**/*.test.ts'], globalSetup: ['e2e/build-window.ts'], testTimeout: 60_000 },
      },
    ],
    pool: 'forks',
    // Two workers on the smallest machine that the project knows: more only makes the tests of real networks slower.
    maxWorkers: 2,
    // What is polled is waited for as long as its test may take: the default of a second would be a demand on the machine's speed.
    expect: { poll: { timeout: 25_000 } },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
