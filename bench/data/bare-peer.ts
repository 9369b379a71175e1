import { cleanup, type DataChannel, PeerConnection, setSctpSettings } from 'node-datachannel'

/** One end of a bare node-datachannel connection, as a child process of bench/data.ts: no credits, no digest, no envelope. */
type Message =
  | { sdp: string; type: 'offer' | 'answer' }
  | { candidate: string; mid: string }
  | { offer: true }
  | { send: number }
  | { expect: number }

const CHUNK = new Uint8Array(64 * 1024)
const HIGH = 4 * 1024 * 1024
setSctpSettings({
  recvBufferSize: 8 << 20,
  sendBufferSize: 8 << 20,
  maxChunksOnQueue: 65_536,
  initialCongestionWindow: 64,
})
const connection = new PeerConnection('bare', {
  iceServers: [],
  bindAddress: '127.0.0.1',
  maxMessageSize: 256 * 1024,
  disableAutoNegotiation: true,
})
const early: { candidate: string; mid: string }[] = []
let described = false
let expected = 0
let received = 0
connection.onLocalDescription((sdp, type) => process.send?.({ sdp, type }))
connection.onLocalCandidate((candidate, mid) => process.send?.({ candidate, mid }))
const channel: DataChannel = connection.createDataChannel('bare', { negotiated: true, id: 0 })
channel.onOpen(() => process.send?.({ open: true }))
channel.onMessage((bytes) => {
  received += Buffer.byteLength(bytes)
  if (received >= expected) process.send?.({ done: true })
})

function send(size: number): void {
  let left = size
  const pump = () => {
    while (left > 0 && channel.bufferedAmount() < HIGH) {
      channel.sendMessageBinary(CHUNK.subarray(0, Math.min(left, CHUNK.length)))
      left -= CHUNK.length
    }
    if (left > 0) setTimeout(pump, 2)
  }
  pump()
}

/** The library takes a description before it is ready for its candidates. */
function addCandidate(message: { candidate: string; mid: string }): void {
  try {
    connection.addRemoteCandidate(message.candidate, message.mid)
  } catch {
    setTimeout(() => addCandidate(message), 10)
  }
}

process.on('message', (message: Message) => {
  if ('offer' in message) connection.setLocalDescription('offer')
  else if ('send' in message) send(message.send)
  else if ('expect' in message) {
    received = 0
    expected = message.expect
    process.send?.({ ready: true })
  } else if ('candidate' in message) {
    if (described) addCandidate(message)
    else early.push(message)
  } else {
    connection.setRemoteDescription(message.sdp, message.type)
    if (message.type === 'offer') connection.setLocalDescription('answer')
    described = true
    for (const candidate of early.splice(0)) addCandidate(candidate)
  }
})
process.on('disconnect', () => {
  channel.close()
  connection.close()
  cleanup()
  process.exit(0)
})
