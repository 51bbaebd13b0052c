/** What a server has stored, as its owners would read it. */
import type { TestServer } from './server.ts';

export interface StoredMail {
  readonly address: string;
  readonly reversePath: string;
  readonly recipient: string;
  /** Octets as latin1. */
  readonly text: string;
}

export async function storedMail(server: TestServer, address?: string): Promise<readonly StoredMail[]> {
  const found: StoredMail[] = [];
  for (const entry of await server.control.messages(address)) {
    const text = (await server.control.read(entry.address, entry.uid)).toString('latin1');
    found.push({ address: entry.address, reversePath: entry.reversePath, recipient: entry.recipient, text });
  }
  return found;
}

export async function emptyStore(server: TestServer): Promise<void> {
  await server.control.remove({ largerThan: '0' });
}
