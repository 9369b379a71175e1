import { utf8 } from '../../base/index.ts'
import { newWallet, startDevice, type TestDevice, withStore } from './devices.ts'
import { type LogFault, MemoryLogs } from './memory-log.ts'

/** One device of three: Bob's, or one of Alice's two. */
export interface Member {
  device: TestDevice
  chat: string
  /** What is wrong with its way to the logs. */
  fault: LogFault
  /** How often it was told to read the log. */
  behind: number
  /** Chats for which it wanted a new group. */
  lost: string[]
  /** How often it wanted the others to look. */
  renewed: number
  store: TestDevice['store']
  sessions: TestDevice['sessions']
}

/** Bob on one device and Alice on two; start them once, and begin a group of theirs for each test. */
export class Three {
  readonly devices: readonly [TestDevice, TestDevice, TestDevice]
  logs = new MemoryLogs()
  members: Member[] = []
  groupId = new Uint8Array()

  constructor(devices: readonly [TestDevice, TestDevice, TestDevice]) {
    this.devices = devices
  }

  static async start(): Promise<Three> {
    const wallet = newWallet()
    return new Three(await Promise.all([startDevice(), startDevice(wallet), startDevice(wallet)]))
  }

  stop(): Promise<unknown> {
    return Promise.all(this.devices.map((device) => device.stop()))
  }

  /** Bob makes the group. */
  async begin(): Promise<[Member, Member, Member]> {
    this.logs = new MemoryLogs()
    for (const device of this.devices) device.clock.ahead = 0
    const [b, a, s] = this.devices
    const [bob, alice, second] = [this.#member(b, a.address), this.#member(a, b.address), this.#member(s, b.address)]
    this.members = [bob, alice, second]
    const stock = await Promise.all([alice, second].map((one) => one.sessions.ensureKeyPackages(1)))
    const made = await bob.sessions.create(
      bob.chat,
      stock.flatMap(({ packages }) => packages),
    )
    this.groupId = new Uint8Array(made.groupId)
    for (const one of [alice, second]) await one.sessions.joinByWelcome(made.welcome, one.chat)
    return [bob, alice, second]
  }

  end(): void {
    for (const one of this.members) one.store.close()
  }

  pass(ms: number): void {
    for (const device of this.devices) device.clock.ahead += ms
  }

  /** The process ends between two steps, with whatever it had in memory, and starts again with its file. */
  async kill(one: Member): Promise<void> {
    const place = one.store.leave()
    await one.device.engine.forget(this.groupId)
    this.#open(one, place)
  }

  renew(one: Member): Promise<boolean> {
    return one.sessions.maintenance(one.chat, () => {})
  }

  async catchUp(one: Member): Promise<void> {
    while (await one.sessions.advance(this.groupId)) {
      // One epoch after another.
    }
  }

  /** Of the state on disk. */
  async epoch(one: Member): Promise<number> {
    await one.device.engine.load(this.groupId, one.store.groups.get(this.groupId)!.state)
    return (await one.device.engine.standing(this.groupId)).epoch
  }

  async epochs(): Promise<number[]> {
    const found: number[] = []
    for (const one of this.members) found.push(await this.epoch(one))
    return found
  }

  /** The number in the log that it is to read next. */
  number(one: Member): number | undefined {
    return one.store.groups.get(this.groupId)?.log?.next
  }

  waits(one: Member): boolean {
    return one.store.groups.update(this.groupId) !== undefined
  }

  async say(from: Member, text: string): Promise<Uint8Array> {
    let sent = new Uint8Array()
    await from.sessions.encrypt(from.chat, utf8(text), (message) => (sent = new Uint8Array(message)))
    return sent
  }

  async hear(by: Member, message: Uint8Array): Promise<string> {
    let text = ''
    const outcome = await by.sessions.receive(this.groupId, message, (incoming) => {
      text = incoming.kind === 'application' ? new TextDecoder().decode(incoming.plaintext) : incoming.kind
    })
    return outcome === 'read' ? text : outcome
  }

  #member(device: TestDevice, chat: string): Member {
    const one = { device, chat, fault: undefined, behind: 0, lost: [], renewed: 0 } as unknown as Member
    this.#open(one)
    return one
  }

  #open(one: Member, place?: ReturnType<TestDevice['store']['leave']>): void {
    const way = this.logs.way(() => one.fault)
    const parts = {
      orderedLog: () => way,
      onBehind: () => void one.behind++,
      onRenewed: () => void one.renewed++,
      onLost: (chat: string) => void one.lost.push(chat),
    }
    Object.assign(one, withStore(one.device, parts, place))
  }
}
