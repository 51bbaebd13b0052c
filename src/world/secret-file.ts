/** A secret in a file of its own: its first line. Read each time, so that a new one counts at once; never kept, never logged. */
import { open } from 'node:fs/promises';

const OCTETS_MAX = 4096;

/** `null`: it cannot be read, or there is nothing in it. */
export async function readSecret(path: string): Promise<string | null> {
  try {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(OCTETS_MAX), 0, OCTETS_MAX, 0);
    const [line = ''] = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/, 1);
    return line === '' || line.includes('\0') ? null : line;
  } catch {
    return null; // Who asked says so, by the name of the file.
  }
}
