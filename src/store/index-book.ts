/** The book of addresses in the index: domains, accounts, aliases as rows of JSON. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AccountRow, AliasRow, BookChange, BookDump, DomainRow } from './index-protocol.ts';
import type { DeliveryName } from './record-heads.ts';

export class BookTables {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** Of the last snapshot: what was not put since then is older. */
  #generation: number;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#generation = this.#meta('snapshot');
  }

  change(change: BookChange, sequence: number): void {
    switch (change.op) {
      case 'put-domain':
        this.#put('domains', 'name', change.domain.name, change.domain);
        return;
      case 'remove-domain':
        this.#run('DELETE FROM domains WHERE name = ?', change.name);
        return;
      case 'put-account':
        this.#put('accounts', 'id', change.account.id, change.account);
        this.noteAccount(change.account.id);
        return;
      case 'remove-account':
        this.#run('DELETE FROM accounts WHERE id = ?', change.id);
        return;
      case 'put-alias':
        this.#put('aliases', 'address', change.alias.address, change.alias);
        return;
      case 'remove-alias':
        this.#run('DELETE FROM aliases WHERE address = ?', change.address);
        return;
      case 'snapshot':
        this.noteAccount(change.lastAccount ?? 0);
        this.#putMeta('snapshot-begun', sequence);
        this.#generation = sequence;
        return;
      case 'snapshot-end': {
        this.#generation = this.#meta('snapshot-begun');
        for (const table of ['domains', 'accounts', 'aliases']) {
          this.#run(`DELETE FROM ${table} WHERE generation < ?`, this.#generation);
        }
        this.#putMeta('snapshot', this.#generation);
        return;
      }
    }
  }

  /** There is, or was, an account of this number. */
  noteAccount(id: number): void {
    this.#putMeta('last-account', Math.max(id, this.#meta('last-account')));
  }

  /** Accounts that the snapshot which ends now does not name. */
  olderAccounts(): number[] {
    return this.#ids('SELECT id FROM accounts WHERE generation < ?', this.#meta('snapshot-begun'));
  }

  /** Accounts of which only deliveries are known. */
  unnamedAccounts(): number[] {
    return this.#ids("SELECT id FROM accounts WHERE row = ''");
  }

  dump(): BookDump {
    const rows = <Row>(table: string): Row[] =>
      this.#database
        .prepare(`SELECT row FROM ${table}`)
        .all()
        .map((found) => JSON.parse(String(found['row'])) as Row);
    const accounts = this.#database
      .prepare(
        'SELECT row, used_octets, used_messages, next_uid,' +
          ' (SELECT received_at FROM entries e WHERE e.account = a.id ORDER BY uid DESC LIMIT 1) AS newest FROM accounts a',
      )
      .all()
      .map((found) => ({
        ...(JSON.parse(String(found['row'])) as AccountRow),
        usedOctets: Number(found['used_octets']),
        usedMessages: Number(found['used_messages']),
        newest: found['newest'] === null ? null : Number(found['newest']),
        nextUid: Number(found['next_uid']),
      }));
    const lastAccount = this.#meta('last-account');
    return { domains: rows<DomainRow>('domains'), accounts, aliases: rows<AliasRow>('aliases'), lastAccount };
  }

  /** What an account that goes leaves behind. */
  deliveriesOf(account: number): DeliveryName[] {
    const sql =
      'SELECT object, ordinal FROM entries WHERE account = ?1 UNION ALL SELECT object, ordinal FROM waiting WHERE account = ?1';
    return this.#statement(sql)
      .all(account)
      .map((row) => ({ object: Number(row['object']), ordinal: Number(row['ordinal']) }));
  }

  #ids(sql: string, ...values: number[]): number[] {
    return this.#statement(sql)
      .all(...values)
      .map((row) => Number(row['id']));
  }

  #put(table: string, key: string, value: string | number, row: unknown): void {
    const sql =
      `INSERT INTO ${table} (${key}, row, generation) VALUES (?, ?, ?)` +
      ` ON CONFLICT (${key}) DO UPDATE SET row = excluded.row, generation = excluded.generation`;
    this.#run(sql, value, JSON.stringify(row), this.#generation);
  }

  #meta(key: string): number {
    return Number(this.#statement('SELECT value FROM meta WHERE key = ?').get(key)?.['value'] ?? 0);
  }

  #putMeta(key: string, value: number): void {
    this.#run(
      'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      key,
      value,
    );
  }

  #run(sql: string, ...values: (string | number)[]): void {
    this.#statement(sql).run(...values);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
