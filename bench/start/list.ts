import { findChromium, launch } from '../../e2e/app/screens/browser.ts'
import { startFakeServer } from '../../e2e/app/screens/fake-server.ts'
import { measureChat } from '../../e2e/app/screens/scroll.ts'
import { type Figure, median } from '../figures.ts'

const MESSAGES = 10_000
const WIDE = { width: 1280, height: 800 }

/** The window, built before, in a real Chromium with 10,000 messages in a chat; nothing, with a notice, without a Chromium. */
export async function listFigures(): Promise<Figure[]> {
  const chromium = findChromium()
  if (!chromium) {
    process.stderr.write('The list of messages is not measured: a Chromium on the PATH is missing.\n')
    return []
  }
  const server = await startFakeServer({ scenario: 'demo', messages: MESSAGES })
  const browser = await launch(chromium)
  try {
    const page = await browser.newPage({ viewport: WIDE, reducedMotion: 'reduce', locale: 'en-US' })
    await page.goto(server.url)
    await page.getByRole('button', { name: /^Carla/ }).waitFor()
    const rounds = await measureChat(page, 'Carla', 'Bob', '0: the', MESSAGES)
    const mounts = rounds.map(({ mountMs }) => mountMs)
    const frames = rounds.map(({ longestFrameMs }) => longestFrameMs)
    return [
      { name: `list of ${MESSAGES} messages mounts, p50`, value: median(mounts), unit: 'ms', goal: '<= 50' },
      { name: 'list mounts, worst', value: Math.max(...mounts), unit: 'ms' },
      { name: 'longest frame of a scroll, p50', value: median(frames), unit: 'ms', goal: '<= 50' },
      { name: 'longest frame of a scroll, worst', value: Math.max(...frames), unit: 'ms' },
    ]
  } finally {
    await browser.close()
    await server.stop()
  }
}
