/** The process of the smtp-server peer: write, fsync, rename, fsync of the folder, then 250. */
import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { SMTPServer } from 'smtp-server';

const [folder = '', port = ''] = process.argv.slice(2);
const GATHER_BYTES = 256 * 1024; // a small message is written at once

const newFolder = await open(path.join(folder, 'new'));
let count = 0;

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  logger: false,
  socketTimeout: 30 * 60 * 1000,
  onData(stream, _session, callback) {
    void answer(stream, callback);
  },
});
server.on('error', (error: Error) => process.stderr.write(`${error.message}\n`));
server.listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));

async function answer(stream: Readable, callback: (error: Error | null) => void): Promise<void> {
  callback(await kept(stream));
}

/** Null when it is safe on the disk, else why not. */
async function kept(stream: Readable): Promise<Error | null> {
  try {
    await keep(stream);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function keep(stream: Readable): Promise<void> {
  const name = `${++count}.${process.pid}`;
  const file = await open(path.join(folder, 'tmp', name), 'wx');
  let gathered: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    gathered.push(chunk);
    bytes += chunk.length;
    if (bytes < GATHER_BYTES) continue;
    await file.writev(gathered);
    gathered = [];
    bytes = 0;
  }
  if (gathered.length > 0) await file.writev(gathered);
  await file.sync();
  await file.close();
  await rename(path.join(folder, 'tmp', name), path.join(folder, 'new', name));
  await newFolder.sync();
}
