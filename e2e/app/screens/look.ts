/// <reference lib="dom" />
import type { Page } from 'playwright-core'

/**
 * What is wrong with how the page looks now: elements that stand beyond the window's edge (but for what scrolls sideways by itself), dialogs that scroll sideways,
 * controls without a name, ids used twice, and text whose contrast is below WCAG 2.2 AA (1.4.3).
 */
export function lookComplaints(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = []
    const all = [...document.querySelectorAll<HTMLElement>('body *')].filter((node) => node.checkVisibility())
    const dialog = document.querySelector('[role=dialog]')
    const shown = all.filter((node) => !node.closest('.hidden-text') && (!dialog || dialog.contains(node)))
    const words = (node: Element) => `${node.className} "${node.textContent?.trim().slice(0, 30)}"`

    for (const node of shown) {
      const { width, right, left } = node.getBoundingClientRect()
      if (node.closest('[data-sideways] *')) continue
      if (width > 0 && (right > innerWidth + 1 || left < -1)) found.push(`beyond the edge: ${words(node)}`)
    }
    for (const box of document.querySelectorAll('[role=dialog], main, aside'))
      if (box.scrollWidth > box.clientWidth + 1) found.push(`scrolls sideways: ${words(box)}`)
    for (const control of shown.filter((node) => node.matches('button, input, select, textarea, a[href]'))) {
      const labels = [...((control as HTMLInputElement).labels ?? [])].map((label) => label.textContent)
      const name = [control.ariaLabel, control.textContent, ...labels].join('').trim()
      if (name === '') found.push(`no name: ${control.outerHTML.slice(0, 80)}`)
    }
    const ids = shown.map((node) => node.id).filter(Boolean)
    for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) found.push(`twice: #${id}`)

    type Colour = [red: number, green: number, blue: number, alpha: number]
    const parse = (text: string): Colour => {
      const numbers = (text.match(/-?[\d.]+(e-?\d+)?/g) ?? []).map(Number)
      const unit = text.startsWith('color(') ? 255 : 1
      const [red = 0, green = 0, blue = 0, alpha = 1] = numbers
      return [red * unit, green * unit, blue * unit, alpha]
    }
    const over = (top: Colour, ground: Colour): Colour => {
      const mix = (at: 0 | 1 | 2) => top[at] * top[3] + ground[at] * (1 - top[3])
      return [mix(0), mix(1), mix(2), 1]
    }
    const groundOf = (node: Element | null): Colour => {
      if (!node) return parse(getComputedStyle(document.body).backgroundColor)
      const own = parse(getComputedStyle(node).backgroundColor)
      return own[3] === 1 ? own : over(own, groundOf(node.parentElement))
    }
    const luminance = (colour: Colour) => {
      const [red, green, blue] = [colour[0], colour[1], colour[2]].map((value) => {
        const part = value / 255
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
      }) as [number, number, number]
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
    for (const node of shown) {
      const hasText = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent?.trim())
      if (!hasText || node.closest(':disabled, [aria-hidden=true], option')) continue
      const style = getComputedStyle(node)
      const ground = groundOf(node)
      const [light, dark] = [luminance(over(parse(style.color), ground)), luminance(ground)].sort((a, b) => b - a)
      const ratio = ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
      // Large text: 24 px, or 18.66 px in bold.
      const large = parseFloat(style.fontSize) >= 24
      if (ratio < (large ? 3 : 4.5)) found.push(`contrast ${ratio.toFixed(2)}: ${words(node)}`)
    }
    return [...new Set(found)]
  })
}
