/** Messages from Maildir folders or an mbox into an account, in constant memory. Its keys make it idempotent: it may be run again. */
import { createReadStream } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImportQuery } from '../http/contract.ts';
import { ApiProblem } from './api-client.ts';
import type { ApiClient } from './api-client.ts';
import { inParallel } from './in-parallel.ts';
import type { Moved } from './mail-export.ts';
import { MboxSplitter, timeOfFromLine } from './mbox.ts';
import type { MboxEvent } from './mbox.ts';
import { toCrlf } from './to-crlf.ts';

export interface ImportOrder {
  readonly api: ApiClient;
  readonly address: string;
}

/** `share` of the whole, 0 to 1. */
type News = (moved: Moved, share: number) => void;

/** Messages under way together share a sync of the store. */
const AT_ONCE = 16;
/** A message up to this many octets is held while the next one is read; a bigger one goes alone, as a stream. */
const SMALL_MAX = 256 * 1024;

export async function importMaildir(order: ImportOrder, folder: string, news: News): Promise<Moved> {
  const moved = { messages: 0, octets: 0, skipped: 0 };
  await inParallel(filesOf(folder), AT_ONCE, async ({ path, name }) => {
    const { mtimeMs } = await stat(path);
    // Flags follow the colon; they change, the message does not.
    const key = `maildir:${name.split(':')[0] ?? name}`;
    await give(order, { key, receivedAt: Math.round(mtimeMs) }, createReadStream(path), moved);
    news(moved, 0);
  });
  return moved;
}

async function* filesOf(folder: string): AsyncGenerator<{ path: string; name: string }> {
  for (const name of ['new', 'cur']) {
    for await (const file of await opendir(join(folder, name))) {
      if (file.isFile() && !file.name.startsWith('.'))
        yield { path: join(folder, name, file.name), name: file.name };
    }
  }
}

export async function importMbox(order: ImportOrder, path: string, news: News): Promise<Moved> {
  const moved = { messages: 0, octets: 0, skipped: 0 };
  const { size, mtimeMs } = await stat(path);
  await inParallel(messagesOf(eventsOf(path)), AT_ONCE, async ({ offset, line, text, big }) => {
    const receivedAt = timeOfFromLine(line) ?? Math.round(mtimeMs);
    // The offset tells two equal messages apart, and is the same the next time.
    try {
      await give(order, { key: `mbox:${offset}`, receivedAt }, text, moved);
    } finally {
      big?.();
    }
    news(moved, offset / Math.max(1, size));
  });
  return moved;
}

async function give(
  { api, address }: ImportOrder,
  query: ImportQuery,
  text: AsyncIterable<Uint8Array>,
  moved: { messages: number; octets: number; skipped: number },
): Promise<void> {
  try {
    const { size } = await api.importMessage(address, query, toCrlf(text));
    moved.messages++;
    moved.octets += size;
  } catch (error) {
    if (!(error instanceof ApiProblem && error.problem.type === 'exists')) throw error;
    moved.skipped++;
  }
}

async function* eventsOf(path: string): AsyncGenerator<MboxEvent> {
  const splitter = new MboxSplitter();
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    yield* splitter.push(chunk as Buffer);
  }
  yield* splitter.end();
}

interface MboxMessage {
  readonly offset: number;
  readonly line: string;
  readonly text: AsyncIterable<Uint8Array>;
  /** Says that a message that goes as a stream has gone. */
  readonly big: (() => void) | null;
}

/** Small messages are held whole, so that several can be under way; a big one is passed on while it is read. */
async function* messagesOf(events: AsyncGenerator<MboxEvent>): AsyncGenerator<MboxMessage> {
  let next = await events.next();
  while (next.done !== true) {
    const begin = next.value;
    if (begin.type !== 'begin') throw new Error('text before a message began');
    const held: Uint8Array[] = [];
    let octets = 0;
    next = await events.next();
    while (next.done !== true && next.value.type === 'text' && octets <= SMALL_MAX) {
      octets += next.value.octets.length;
      held.push(Uint8Array.from(next.value.octets));
      next = await events.next();
    }
    const { offset, line } = begin;
    if (next.done === true || next.value.type === 'begin') {
      yield { offset, line, text: given(held), big: null };
      continue;
    }
    const gone = Promise.withResolvers<void>();
    const rest = async function* (): AsyncGenerator<Uint8Array> {
      yield* held;
      while (next.done !== true && next.value.type === 'text') {
        yield next.value.octets;
        next = await events.next();
      }
    };
    yield { offset, line, text: rest(), big: gone.resolve };
    await gone.promise;
    while (next.done !== true && next.value.type === 'text') next = await events.next();
  }
}

async function* given(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
