import { cleanup, type DataChannel, initLogger, PeerConnection, setSctpSettings } from 'node-datachannel'
import {
  CHANNEL_IDS,
  MAX_BUFFERED_BYTES,
  MAX_CANDIDATES,
  MAX_MESSAGE_BYTES,
  MAX_UNTAKEN_BYTES,
  SCTP_SETTINGS,
} from './constants.ts'
import type { ChannelName } from './frames.ts'
import type { Command, ConnectionReport, NativeServer } from './ipc.ts'

type OpenCommand = Extract<Command, { type: 'open' }>

/** Once per process, before the first connection: later the SCTP settings have no effect. */
export function prepareNative(log: (text: string) => void): void {
  initLogger('Error', (level, text) => log(`${level}: ${text}`))
  setSctpSettings(SCTP_SETTINGS)
}

/** Waits for the native threads; every connection must be closed before. */
export function releaseNative(): void {
  cleanup()
}

/**
 * One native peer connection with its three data channels. Owns them: whatever ends it, `close` frees all four, and
 * `closed` is reported exactly once unless the caller closed it. Only for the peer process.
 */
export class NativeConnection {
  readonly #id: number
  readonly #role: 'offer' | 'answer'
  readonly #report: (report: ConnectionReport) => void
  readonly #native: PeerConnection
  readonly #channels = new Map<ChannelName, DataChannel>()
  readonly #opened = new Set<ChannelName>()
  #early: { candidate: string; mid: string }[] = []
  #waiting: { channel: ChannelName; bytes: Uint8Array<ArrayBuffer> }[] = []
  #described = false
  #open = false
  #closed = false
  #untaken = 0
  #pair: string | null = ''

  /** In `servers` a TURN server stands by its credentials. */
  constructor(command: OpenCommand, report: (report: ConnectionReport) => void) {
    this.#id = command.connection
    this.#role = command.role
    this.#report = report
    this.#native = new PeerConnection(String(command.connection), {
      iceServers: command.servers.map((server) =>
        server.username === undefined ? stunUrl(server) : { ...server, relayType: 'TurnUdp' },
      ),
      iceTransportPolicy: command.relayOnly ? 'relay' : 'all',
      maxMessageSize: MAX_MESSAGE_BYTES,
      // The answering side has its channels before the offer comes; by itself that would make it offer too.
      disableAutoNegotiation: true,
      ...(command.bindAddress === undefined ? {} : { bindAddress: command.bindAddress }),
    })
  }

  start(): void {
    const connection = this.#id
    this.#native.onLocalDescription((sdp) => this.#tell({ type: 'description', connection, sdp }))
    this.#native.onLocalCandidate((candidate, mid) => this.#tell({ type: 'candidate', connection, candidate, mid }))
    this.#native.onGatheringStateChange((state) => {
      if (state === 'complete') this.#tell({ type: 'gathered', connection })
    })
    this.#native.onStateChange((state) => {
      if (state === 'failed' || state === 'closed') this.#fail(state)
    })
    this.#native.onDataChannel((channel) => {
      channel.close()
      this.#fail('unexpected channel')
    })
    for (const name of ['control', 'chat', 'data'] as const) this.#addChannel(name)
    if (this.#role === 'offer') this.#native.setLocalDescription('offer')
  }

  #addChannel(name: ChannelName): void {
    const channel = this.#native.createDataChannel(name, { negotiated: true, id: CHANNEL_IDS[name] })
    this.#channels.set(name, channel)
    channel.onOpen(() => this.#channelOpen(name))
    channel.onClosed(() => this.#fail('channel closed'))
    channel.onError((text) => this.#fail(text))
    channel.onMessage((message) => {
      if (typeof message === 'string') return this.#fail('text message')
      this.#received(name, new Uint8Array(message))
    })
  }

  #channelOpen(name: ChannelName): void {
    if (this.#opened.add(name).size < this.#channels.size || this.#open) return
    this.#open = true
    this.#tell({ type: 'open', connection: this.#id })
    this.tellPair()
    for (const { channel, bytes } of this.#waiting)
      this.#tell({ type: 'message', connection: this.#id, channel, bytes })
    this.#waiting = []
  }

  #received(channel: ChannelName, bytes: Uint8Array<ArrayBuffer>): void {
    this.#untaken += bytes.length
    if (this.#untaken > MAX_UNTAKEN_BYTES) return this.#fail('flood')
    if (this.#open) this.#tell({ type: 'message', connection: this.#id, channel, bytes })
    else this.#waiting.push({ channel, bytes })
  }

  taken(bytes: number): void {
    this.#untaken = Math.max(0, this.#untaken - bytes)
  }

  describe(kind: 'offer' | 'answer', sdp: string): void {
    this.#attempt(() => {
      this.#native.setRemoteDescription(sdp, kind)
      if (kind === 'offer') this.#native.setLocalDescription('answer')
      this.#described = true
      for (const { candidate, mid } of this.#early) this.#native.addRemoteCandidate(candidate, mid)
      this.#early = []
    })
  }

  /** Candidates may come before the description; the native library would refuse them. */
  addCandidate(candidate: string, mid: string): void {
    if (this.#described) this.#attempt(() => this.#native.addRemoteCandidate(candidate, mid))
    else if (this.#early.length < MAX_CANDIDATES) this.#early.push({ candidate, mid })
  }

  /** Reports the pair of candidates in use where it is another one than before. */
  tellPair(): void {
    if (!this.#open || this.#closed) return
    const pair = this.#native.getSelectedCandidatePair()
    const key = pair && `${pair.local.type} ${pair.local.address} ${pair.remote.type} ${pair.remote.address}`
    if (!pair || key === this.#pair) return
    this.#pair = key
    const end = ({ type, address }: { type: string; address: string }) => ({ kind: type, address })
    this.#tell({ type: 'pair', connection: this.#id, local: end(pair.local), remote: end(pair.remote) })
  }

  send(name: ChannelName, bytes: Uint8Array): void {
    const channel = this.#channels.get(name)
    if (!this.#open || channel === undefined) return
    this.#attempt(() => {
      if (channel.bufferedAmount() > MAX_BUFFERED_BYTES) return this.#fail('slow reader')
      channel.sendMessageBinary(bytes)
    })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const channel of this.#channels.values()) channel.close()
    this.#channels.clear()
    this.#native.close()
  }

  /** The native library throws for what it cannot parse: that ends this connection, not the process. */
  #attempt(work: () => void): void {
    if (this.#closed) return
    try {
      work()
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : 'native error')
    }
  }

  #tell(report: ConnectionReport): void {
    if (!this.#closed) this.#report(report)
  }

  #fail(reason: string): void {
    this.#tell({ type: 'closed', connection: this.#id, reason: reason.slice(0, 256) })
    this.close()
  }
}

function stunUrl({ hostname, port }: NativeServer): string {
  return `stun:${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
}
