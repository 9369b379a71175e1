import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256 } from '../../crypto/index.ts'
import { defaultLimits } from '../limits/limits.ts'
import { NodeDatabase } from './database.ts'
import { createEmbeddedState } from './embedded.ts'
import { SqlReader } from './logs.ts'
import { mail, NOW } from './testing/facts.ts'
import { allChanges, merge } from './testing/world.ts'
import { totalOf } from './totals.ts'

/** A database as version 2 wrote it. */
const VERSION_2 = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE device (
    id TEXT PRIMARY KEY, address TEXT NOT NULL, certificate BLOB NOT NULL, expires_at INTEGER NOT NULL,
    last_resort BLOB
  ) WITHOUT ROWID;
  CREATE INDEX device_address ON device (address);
  CREATE TABLE key_package (id INTEGER PRIMARY KEY, device TEXT NOT NULL, package BLOB NOT NULL);
  CREATE INDEX key_package_device ON key_package (device, id);
  CREATE TABLE allowed (owner TEXT NOT NULL, sender TEXT NOT NULL, PRIMARY KEY (owner, sender)) WITHOUT ROWID;
  CREATE TABLE owner (address TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE mail (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, envelope_id TEXT NOT NULL, sender TEXT NOT NULL,
    request INTEGER NOT NULL, expires_at INTEGER NOT NULL, bytes BLOB NOT NULL, size INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX mail_id ON mail (device, envelope_id);
  CREATE INDEX mail_order ON mail (device, seq);
  CREATE INDEX mail_expiry ON mail (expires_at);
  CREATE TABLE quota (
    device TEXT NOT NULL, sender TEXT NOT NULL, count INTEGER NOT NULL, bytes INTEGER NOT NULL,
    requests INTEGER NOT NULL, PRIMARY KEY (device, sender)
  ) WITHOUT ROWID;
  CREATE TRIGGER mail_added AFTER INSERT ON mail BEGIN
    INSERT INTO quota VALUES (new.device, new.sender, 1, new.size, new.request)
    ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + new.size, requests = requests + new.request;
  END;
  CREATE TRIGGER mail_removed AFTER DELETE ON mail BEGIN
    UPDATE quota SET count = count - 1, bytes = bytes - old.size, requests = requests - old.request
      WHERE device = old.device AND sender = old.sender;
    DELETE FROM quota WHERE device = old.device AND sender = old.sender AND count <= 0;
  END;
  INSERT INTO meta VALUES ('chain', x'01');
  INSERT INTO device VALUES ('b0', '0xb0b', x'0a', ${NOW}, x'0b'), ('c0', '0xca501', x'0c', ${NOW}, NULL);
  INSERT INTO key_package (device, package) VALUES ('b0', x'05');
  INSERT INTO allowed VALUES ('0xb0b', '0xa11ce');
  INSERT INTO owner VALUES ('0xb0b');
  INSERT INTO mail (device, envelope_id, sender, request, expires_at, bytes, size)
    VALUES ('b0', 'e1', '0xa11ce', 1, ${NOW}, x'0102', 2), ('b0', 'e2', '0xa11ce', 0, ${NOW}, x'03', 1);
`
const REVOCATION = `
  CREATE TABLE revocation (
    seq INTEGER PRIMARY KEY, address TEXT NOT NULL, device TEXT NOT NULL, signed BLOB NOT NULL, UNIQUE (address, device)
  );
  INSERT INTO revocation (address, device, signed) VALUES ('0xb0b', 'b9', x'09');
`

/** Counted otherwise, with a log of two entries and one promise. */
const LOGS_OF_VERSION_5 = `
  DROP TABLE log_total; DROP TABLE log_founder; DROP TABLE log_via;
  ALTER TABLE log DROP COLUMN floor; ALTER TABLE log DROP COLUMN via; ALTER TABLE log DROP COLUMN proof;
  CREATE TABLE log_total (log TEXT PRIMARY KEY, count INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO log VALUES ('0x10', 1, 0, '["a"]', '[]', '0xb0b', 1, 0, ${NOW}), ('0x20', 0, 0, '[]', '[]', '', 0, 0, ${NOW});
  INSERT INTO log_slot VALUES ('0x10', 0, 1, 0, 1, 0, zeroblob(60000), 1), ('0x10', 1, 1, 0, 1, 0, x'01', 0),
    ('0x10', 2, 1, 0, 0, -1, NULL, 0), ('0x10', -1, 1, 0, 1, 0, x'0102', 0);
  CREATE TRIGGER log_slot_added AFTER INSERT ON log_slot BEGIN SELECT 1; END;
  CREATE TRIGGER log_slot_changed AFTER UPDATE ON log_slot BEGIN SELECT 1; END;
  CREATE TRIGGER log_slot_removed AFTER DELETE ON log_slot BEGIN SELECT 1; END;
`

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'parley-database-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe("a node's database", () => {
  it.each([1, 2])('of version %i is taken over with all that it has', async (version) => {
    const path = join(folder, 'node.db')
    const old = new DatabaseSync(path)
    old.exec(`${VERSION_2}${version === 2 ? REVOCATION : ''} PRAGMA user_version = ${version}`)
    old.close()
    const state = createEmbeddedState({ path, limits: defaultLimits, onError: () => {} })
    await state.start()
    const facts = allChanges(state).map(({ fact }) => fact)
    expect(facts).toMatchObject([
      { kind: 'mail', address: '0xb0b', device: 'b0', envelopeId: 'e1', request: true, bytes: new Uint8Array([1, 2]) },
      { kind: 'mail', envelopeId: 'e2', request: false, sender: '0xa11ce', expiresAt: NOW },
      ...(version === 2 ? [{ kind: 'revocation', device: 'b9' }] : []),
      { kind: 'device', device: 'b0', certificate: new Uint8Array([10]) },
      { kind: 'device', device: 'c0', certificate: new Uint8Array([12]) },
    ])
    // Signed by nobody: it counts here, and is told to no other node.
    expect(state.rows.get('SELECT sender FROM allowed')).toEqual({ sender: '0xa11ce' })
    expect(state.rows.get('SELECT count, bytes, requests FROM quota')).toEqual({ count: 2, bytes: 3, requests: 1 })
    expect(state.rows.get('SELECT value FROM meta')).toEqual({ value: new Uint8Array([1]) })
    // Nobody has signed its key packages: its device brings others.
    expect(facts.some((fact) => 'lastResort' in fact)).toBe(false)
    expect(await state.apply('takeKeyPackages', { devices: ['b0'] })).toEqual([])
    await merge(state, [mail()])
    expect(allChanges(state).at(-1)?.seq).toBe(facts.length + 2)
    await state.stop()
  })

  it('of version 5 keeps its mail by its bytes, gives up its logs, and forgets unsigned words of what was accepted', async () => {
    const path = join(folder, 'node.db')
    const old = new DatabaseSync(path)
    old.exec(`${VERSION_2} PRAGMA user_version = 2`)
    old.close()
    const first = createEmbeddedState({ path, limits: defaultLimits, onError: () => {} })
    await first.start()
    await first.stop()
    const five = new DatabaseSync(path)
    const later = `SELECT name FROM sqlite_master
      WHERE type = 'trigger' AND (name GLOB '*_in_*' OR name GLOB '*_out_of_*' OR name GLOB 'log_*')`
    for (const { name } of five.prepare(later).all()) five.exec(`DROP TRIGGER ${String(name)}`)
    five.exec(`
      ${LOGS_OF_VERSION_5}
      DROP TABLE total; DROP TABLE sent; DROP TABLE stock;
      ALTER TABLE device DROP COLUMN last_resort_signature;
      DROP INDEX device_seen; ALTER TABLE device DROP COLUMN seen_at;
      DROP INDEX mail_digest; ALTER TABLE mail DROP COLUMN digest;
      CREATE UNIQUE INDEX mail_id ON mail (address, device, envelope_id);
      DROP TABLE accepted;
      CREATE TABLE accepted (seq INTEGER PRIMARY KEY, address TEXT, device TEXT, envelope_id TEXT, expires_at INTEGER);
      INSERT INTO accepted VALUES (900, '0xb0b', 'b0', 'e9', ${NOW});
      INSERT INTO accepted_count VALUES ('0xb0b', 'b0', 1);
      PRAGMA user_version = 5`)
    five.close()
    const state = createEmbeddedState({ path, limits: defaultLimits, onError: () => {} })
    await state.start()
    const digests = state.rows.all('SELECT digest FROM mail ORDER BY seq').map((row) => row['digest'])
    expect(digests).toEqual([sha256(new Uint8Array([1, 2])), sha256(new Uint8Array([3]))])
    expect(state.rows.get('SELECT count(*) AS count FROM accepted')).toEqual({ count: 0 })
    expect(totalOf(state.rows, 'mail')).toEqual({ count: 2, bytes: 3 })
    // No node answers for them: they could never move. So it must not vote as one that remembers them either.
    for (const table of ['log', 'log_slot', 'log_total', 'log_founder', 'log_via'])
      expect(state.rows.all(`SELECT 1 FROM ${table}`), table).toEqual([])
    expect(totalOf(state.rows, 'log')).toEqual({ count: 0, bytes: 0 })
    expect(new SqlReader(() => state.rows).remembers()).toBe(false)
    expect(state.rows.get('SELECT * FROM sent')).toEqual({ sender: '0xa11ce', bytes: 3 })
    expect(state.rows.get('SELECT * FROM stock')).toBeUndefined()
    expect(state.rows.get('SELECT count(*) AS count FROM accepted_count')).toEqual({ count: 0 })
    await state.stop()
  })

  it('is refused where it is damaged or of a later version', () => {
    const path = join(folder, 'node.db')
    writeFileSync(path, 'this is no database, and longer than the head of one would be '.repeat(20))
    expect(() => new NodeDatabase(path)).toThrow(expect.objectContaining({ code: 'storage_damaged' }))
    const later = join(folder, 'later.db')
    new DatabaseSync(later).exec('PRAGMA user_version = 99')
    expect(() => new NodeDatabase(later)).toThrow(expect.objectContaining({ code: 'unsupported_version' }))
  })

  it('tells everybody whose write does not fit on the disk, and goes on when there is room', async () => {
    const state = createEmbeddedState({ path: join(folder, 'node.db'), limits: defaultLimits, onError: () => {} })
    await state.start()
    const database = state.rows as NodeDatabase
    const pages = Number(database.get('PRAGMA page_count')?.['page_count'])
    database.get(`PRAGMA max_page_count = ${pages + 4}`)
    const large = () => merge(state, [mail({ bytes: new Uint8Array(60_000) })])
    const results = await Promise.allSettled([large(), large()])
    for (const result of results) expect(result).toMatchObject({ reason: { code: 'storage_full', retryAfter: 5_000 } })
    expect(allChanges(state)).toEqual([])
    database.get('PRAGMA max_page_count = 100000')
    await large()
    expect(allChanges(state)).toHaveLength(1)
    await state.stop()
  })

  it('is copied as of one moment while it is written, and a copy takes its place', async () => {
    const state = createEmbeddedState({ path: join(folder, 'node.db'), limits: defaultLimits, onError: () => {} })
    await state.start()
    const database = state.rows as NodeDatabase
    await merge(state, [mail()])
    const copy = join(folder, 'copy.db')
    await database.copyTo(copy)
    await merge(state, [mail()])
    expect(allChanges(state)).toHaveLength(2)
    database.replaceWith(copy)
    expect(allChanges(state)).toHaveLength(1)
    await merge(state, [mail()])
    expect(allChanges(state)).toHaveLength(2)
    await state.stop()
  })
})
