/** Messages that can be known again, and shown to be whole: each carries its name, its length and its checksum. */
import { crc32 } from 'node:zlib';

export interface TestMail {
  readonly id: string;
  readonly text: Buffer;
}

/** What a stored message says of itself. */
export interface Recognised {
  readonly id: string;
  /** Its body is as long as it says, and has the checksum it says. */
  readonly whole: boolean;
}

const LINE_OCTETS = 64;
const LINES = 32_768;
/** Lines of all kinds, some of which begin with a dot; bodies are cuts of it. */
const POOL = makePool();

/** A message of about `octets`, different for each `id`. */
export function makeMail(id: string, octets: number): TestMail {
  const length = Math.max(1, Math.round((octets - 200) / LINE_OCTETS)) * LINE_OCTETS;
  const from = (crc32(id) % LINES) * LINE_OCTETS;
  const cuts = [POOL.subarray(from, from + length)];
  for (let rest = length - (POOL.length - from); rest > 0; rest -= POOL.length)
    cuts.push(POOL.subarray(0, rest));
  const body = cuts.length === 1 ? POOL.subarray(from, from + length) : Buffer.concat(cuts);
  const head =
    `From: <sender@client.example>\r\nTo: undisclosed-recipients:;\r\nSubject: test mail ${id}\r\n` +
    `X-Restante-Test: id=${id} octets=${body.length} crc=${crc32(body).toString(16)}\r\n\r\n`;
  return { id, text: Buffer.concat([Buffer.from(head, 'latin1'), body]) };
}

/** `null`: not a message of ours. The server's own fields may stand in front. */
export function recognise(stored: Buffer): Recognised | null {
  const end = stored.indexOf('\r\n\r\n');
  const head = stored.subarray(0, end === -1 ? stored.length : end).toString('latin1');
  const mark = /\r\nX-Restante-Test: id=(\S+) octets=(\d+) crc=([0-9a-f]+)/.exec(`\r\n${head}`);
  if (mark === null) return null;
  const [, id = '', octets = '', crc = ''] = mark;
  const body = stored.subarray(end === -1 ? stored.length : end + 4);
  return { id, whole: body.length === Number(octets) && crc32(body).toString(16) === crc };
}

function makePool(): Buffer {
  const pool = Buffer.alloc(LINES * LINE_OCTETS);
  let seed = 1;
  for (let line = 0; line < LINES; line++) {
    const at = line * LINE_OCTETS;
    for (let i = 0; i < LINE_OCTETS - 2; i++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      pool[at + i] = 0x21 + ((seed >>> 24) % 94);
    }
    if (line % 7 === 0) pool[at] = 0x2e; // "."
    pool.write('\r\n', at + LINE_OCTETS - 2, 'latin1');
  }
  return pool;
}
