/** The management API of a running server, over its control socket. */
import { Agent, request } from 'node:http';
import type { AccountInfo, Entry, Recount, Removed, StoreFigures } from '../../src/store/management.ts';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

export interface StorageShown {
  readonly level: 'green' | 'yellow' | 'red' | 'black';
  readonly usableOctets: number;
  readonly held: number;
  readonly ballastOctets: number;
  readonly figures: StoreFigures;
}

/** An entry as the API shows it. */
export type Listed = Omit<Entry, 'account'>;

const BASE = '/api/v1';
const PAGE = 1000;

export class Control implements Disposable {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  ask(method: string, path: string, body?: object): Promise<Answer> {
    const json = body === undefined ? null : Buffer.from(JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          socketPath: this.#socketPath,
          agent: this.#agent,
          method,
          path: `${BASE}${path}`,
          timeout: 60_000,
          headers: json === null ? {} : { 'content-type': 'application/json', 'content-length': json.length },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }));
          answer.on('error', reject);
        },
      );
      asked.on('timeout', () => asked.destroy(new Error(`${method} ${path}: no answer`)));
      asked.on('error', reject);
      asked.end(json);
    });
  }

  /** An order that must succeed. */
  async order<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.ask(method, path, body);
    if (answer.status !== 200)
      throw new Error(`${method} ${path}: ${answer.status} ${answer.body.toString()}`);
    return JSON.parse(answer.body.toString()) as T;
  }

  /** A limit of 0 is none. */
  addAccount(address: string, limits?: { octets: number; messages: number }): Promise<AccountInfo> {
    return this.order('POST', '/accounts', limits === undefined ? { address } : { address, limits });
  }

  setLimits(address: string, limits: { octets: number; messages: number }): Promise<AccountInfo> {
    return this.order('PATCH', `/accounts/${encodeURIComponent(address)}`, { limits });
  }

  async accounts(): Promise<readonly AccountInfo[]> {
    const { accounts } = await this.order<{ accounts: AccountInfo[] }>('GET', '/accounts?count=1000');
    return accounts;
  }

  /** All messages, or those of one account. */
  async messages(address?: string): Promise<readonly Listed[]> {
    const found: Listed[] = [];
    for (let after: string | null = ''; after !== null;) {
      const query = new URLSearchParams({ count: String(PAGE) });
      if (address !== undefined) query.set('address', address);
      if (after !== '') query.set('after', after);
      const page: { messages: Listed[]; next: string | null } = await this.order(
        'GET',
        `/messages?${query.toString()}`,
      );
      found.push(...page.messages);
      after = page.next;
    }
    return found;
  }

  async read(address: string, uid: number): Promise<Buffer> {
    const answer = await this.ask('GET', `/accounts/${encodeURIComponent(address)}/messages/${uid}`);
    if (answer.status !== 200)
      throw new Error(`message ${uid} of ${address}: ${answer.status} ${answer.body.toString()}`);
    return answer.body;
  }

  /** `query` as the API has it: `address`, `uids`, `largerThan` … */
  async remove(query: Readonly<Record<string, string>>): Promise<Removed> {
    const answer = await this.ask('DELETE', `/messages?${new URLSearchParams(query).toString()}`);
    const last = answer.body.toString().trimEnd().split('\n').at(-1) ?? '';
    if (answer.status !== 200 || !last.includes('"done":true'))
      throw new Error(`remove: ${answer.status} ${last}`);
    return JSON.parse(last) as Removed;
  }

  recount(): Promise<Recount> {
    return this.order('POST', '/quota/recount', {});
  }

  storage(): Promise<StorageShown> {
    return this.order('GET', '/storage');
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
