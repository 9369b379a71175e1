import { randomBytes, timingSafeEqual } from 'node:crypto'
import { connect, createServer, type Server, type TLSSocket } from 'node:tls'
import { LAN_OFFER_MS, MAX_LAN_KNOCKS } from './constants.ts'
import type { LanOffer } from './frames.ts'
import { createLanCertificate, fingerprintOf, type LanCertificate } from './lan-certificate.ts'

export const TOKEN_BYTES = 32
/** From the side that listens: the token was right. */
const WELCOME = 0x01

let certificate: LanCertificate | undefined

/** Something under way that ends by `close`, or by itself after LAN_OFFER_MS. */
export interface Attempt {
  close(): void
}

export interface ListenParts {
  /** Our own end of the path that is open already: no other address is listened at. */
  address: string
  /** It listens: what the other side must know. */
  offer(offer: LanOffer): void
  open(socket: TLSSocket): void
  failed(): void
}

/** Waits for the one who knows the token; everybody else is dropped, and after the first right one nobody is let in any more. */
export function listenOnLan(parts: ListenParts): Attempt {
  certificate ??= createLanCertificate()
  const { key, cert, fingerprint } = certificate
  const token = Uint8Array.from(randomBytes(TOKEN_BYTES))
  const knocking = new Set<TLSSocket>()
  const options = { key, cert, minVersion: 'TLSv1.3', handshakeTimeout: LAN_OFFER_MS } as const
  const server: Server = createServer(options, (socket) => {
    if (knocking.size >= MAX_LAN_KNOCKS) return void socket.destroy()
    knocking.add(socket)
    readExactly(socket, TOKEN_BYTES, (given) => {
      if (done || !timingSafeEqual(given, token)) return void socket.destroy()
      socket.write(Uint8Array.of(WELCOME))
      knocking.delete(socket)
      finish()
      parts.open(socket)
    })
    socket.on('close', () => knocking.delete(socket)).on('error', ignored)
  })
  let done = false
  const finish = () => {
    if (done) return false
    done = true
    clearTimeout(timer)
    server.close()
    for (const socket of knocking) socket.destroy()
    return true
  }
  const fail = () => void (finish() && parts.failed())
  const timer = setTimeout(fail, LAN_OFFER_MS)
  server.maxConnections = MAX_LAN_KNOCKS
  server.on('error', fail).on('tlsClientError', ignored)
  server.listen(0, parts.address, () => {
    const address = server.address()
    if (address !== null && typeof address === 'object') parts.offer({ port: address.port, fingerprint, token })
  })
  return { close: finish }
}

/** Calls who listens, and goes on only with the certificate that was told. */
export function dialOnLan(
  address: string,
  { port, fingerprint, token }: LanOffer,
  parts: Pick<ListenParts, 'open' | 'failed'>,
): Attempt {
  // Known by its fingerprint, checked below, before a byte is sent: no authority, no name.
  const socket = connect({ host: address, port, minVersion: 'TLSv1.3', rejectUnauthorized: false })
  let done = false
  const finish = () => {
    if (done) return false
    done = true
    clearTimeout(timer)
    return true
  }
  const fail = () => {
    socket.destroy()
    if (finish()) parts.failed()
  }
  const timer = setTimeout(fail, LAN_OFFER_MS)
  socket.on('error', ignored).on('close', fail)
  socket.on('secureConnect', () => {
    const shown = socket.getPeerX509Certificate()
    if (!shown || !timingSafeEqual(fingerprintOf(shown.raw), fingerprint)) return fail()
    socket.write(token)
    readExactly(socket, 1, (answer) => {
      if (answer[0] !== WELCOME || !finish()) return void socket.destroy()
      socket.off('close', fail)
      parts.open(socket)
    })
  })
  return { close: () => void (finish() && socket.destroy()) }
}

/** The first bytes of a connection; what comes behind them stays in the socket. */
function readExactly(socket: TLSSocket, bytes: number, then: (first: Buffer) => void): void {
  const look = () => {
    const first = socket.read(bytes) as Buffer | null
    if (first === null) return
    socket.off('readable', look)
    then(first)
  }
  socket.on('readable', look)
}

function ignored(): void {}
