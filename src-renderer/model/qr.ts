import qrcode from 'qrcode-generator'

/** Quiet zone of four modules (ISO/IEC 18004). */
export const QUIET = 4

/** The largest code with modules of four pixels in a dialog: version 12, about 290 bytes. More is not read off a screen. */
const MOST_MODULES = 65

/** The code for a text; error correction of level M. */
export function qrOf(text: string): QRCode {
  const code = qrcode(0, 'M')
  code.addData(text)
  code.make()
  return code
}

/** Whether a phone's camera reads this text's code from the window. */
export function isScannable(text: string): boolean {
  return qrOf(text).getModuleCount() <= MOST_MODULES
}
