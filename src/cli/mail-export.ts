/** Messages out of the store, byte for byte, into Maildir folders or an mbox; both go on where they were broken off. */
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MessageQuery } from '../http/contract.ts';
import type { ApiClient, MessageEntry } from './api-client.ts';
import { inParallel } from './in-parallel.ts';
import { fromLine, MboxQuoter } from './mbox.ts';

export interface Moved {
  readonly messages: number;
  readonly octets: number;
  /** Were there from before. */
  readonly skipped: number;
}

const AT_ONCE = 4;
const PAGE = 200;

/** A message is written in `tmp`, synced, and only then gets its name in `new`: a reader sees it whole or not at all. */
export async function exportMaildir(
  api: ApiClient,
  query: MessageQuery,
  folder: string,
  news: (moved: Moved) => void,
): Promise<Moved> {
  const moved = { messages: 0, octets: 0, skipped: 0 };
  const folders = new Set<string>();
  await inParallel(api.messages(query), AT_ONCE, async (message) => {
    const into = query.address === undefined ? join(folder, fileNameOf(message.address)) : folder;
    if (!folders.has(into)) {
      await makeMaildir(into);
      folders.add(into);
    }
    const name = maildirName(message);
    const place = join(into, 'new', name);
    // A mail reader may have moved it to `cur` since.
    if ((await exists(place)) || (await exists(join(into, 'cur', `${name}:2,`)))) moved.skipped++;
    else {
      const octets = await writeMessage(api, message, join(into, 'tmp', name));
      moved.octets += octets;
      await rename(join(into, 'tmp', name), place);
      moved.messages++;
    }
    news(moved);
  });
  for (const into of folders) await sync(join(into, 'new'));
  return moved;
}

/** The same message has the same name every time: that is what makes an export go on where it stopped. */
function maildirName({ receivedAt, uid, object }: MessageEntry): string {
  return `${Math.floor(receivedAt / 1000)}.U${uid}O${object}.restante`;
}

/** An address as the name of a folder: nothing in it may lead elsewhere. */
function fileNameOf(address: string): string {
  return address.replaceAll(/[/\\\0]/g, '_').replace(/^\./, '_');
}

async function makeMaildir(folder: string): Promise<void> {
  for (const name of ['tmp', 'new', 'cur']) await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
}

async function writeMessage(
  api: ApiClient,
  { address, uid, receivedAt }: MessageEntry,
  path: string,
): Promise<number> {
  const file = await open(path, 'w', 0o600);
  try {
    let octets = 0;
    for await (const chunk of await api.readMessage(address, uid)) {
      await file.write(chunk);
      octets += chunk.length;
    }
    await file.utimes(receivedAt / 1000, receivedAt / 1000);
    await file.sync();
    return octets;
  } finally {
    await file.close();
  }
}

/** Beside `FILE.part` stands how far it got; both go when FILE is there. */
interface MboxProgress extends Moved {
  readonly query: string;
  readonly after: string | null;
  readonly length: number;
}

export async function exportMbox(
  api: ApiClient,
  query: MessageQuery,
  path: string,
  news: (moved: Moved) => void,
): Promise<Moved> {
  const part = `${path}.part`;
  const note = `${part}.json`;
  const { before: _, since: __, ...same } = query; // Times move on from one try to the next.
  const begun = await progressOf(note, JSON.stringify(same));
  const file = await open(part, begun.length === 0 ? 'w' : 'r+', 0o600);
  try {
    await file.truncate(begun.length);
    let { after, length } = begun;
    const moved = { messages: begun.messages, octets: begun.octets, skipped: 0 };
    do {
      const page: { messages: readonly MessageEntry[]; next: string | null } = await api.call(
        'listMessages',
        {
          query: { ...query, count: PAGE, ...(after === null ? {} : { after }) },
        },
      );
      for (const message of page.messages) {
        const quoter = new MboxQuoter();
        const put = async (octets: Uint8Array): Promise<void> => {
          await file.write(octets, 0, octets.length, length);
          length += octets.length;
        };
        await put(Buffer.from(fromLine(message.reversePath, message.receivedAt)));
        for await (const chunk of await api.readMessage(message.address, message.uid)) {
          moved.octets += chunk.length;
          await put(quoter.push(chunk));
        }
        await put(quoter.end());
        moved.messages++;
        news(moved);
      }
      after = page.next;
      await file.sync();
      await writeNote(note, { ...moved, query: begun.query, after, length });
    } while (after !== null);
    await rename(part, path);
    await rm(note, { force: true });
    await sync(dirname(path));
    return moved;
  } finally {
    await file.close();
  }
}

async function progressOf(note: string, query: string): Promise<MboxProgress> {
  const fresh = { messages: 0, octets: 0, skipped: 0, query, after: null, length: 0 };
  try {
    const found = JSON.parse(await readFile(note, 'utf8')) as MboxProgress;
    return found.query === query && found.after !== null ? found : fresh;
  } catch {
    return fresh; // There is none, or it was broken off while being written.
  }
}

async function writeNote(note: string, progress: MboxProgress): Promise<void> {
  const file = await open(`${note}.new`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(progress));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${note}.new`, note);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder === '' ? '.' : folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
