/** `restante decode`: a bounce, a log line or a reply, from a file or standard input. Nothing leaves the machine. */
import { createReadStream } from 'node:fs';
import { verdictPage } from '../reference/pages/decode-page.ts';
import { decodeMessage } from '../reference/unpack.ts';
import type { Decoded, Standing } from '../replies/decode/verdict.ts';
import type { Cli } from './cli.ts';
import { CliFailure, EXIT } from './failure.ts';
import { REFERENCE_WORDS } from './reference-words.ts';
import { showPage, type Surroundings } from './reference.ts';
import { speaker } from './words.ts';

/** What the decoder reads, and as much again for what MIME adds; the rest is left where it is. */
const INPUT_OCTETS_MAX = 1024 * 1024;

/** Scripts may count on these; of several recipients the first of this list that is there. */
// prettier-ignore
const EXITS: readonly (readonly [Standing, number])[] = [['permanent', 3], ['temporary', 0], ['success', 4]];

export async function decodeText(cli: Cli, around: Surroundings, file: string): Promise<void> {
  const { console } = cli;
  const say = speaker(REFERENCE_WORDS, console.language);
  if (file === '-' && around.streams.in.isTTY === true) console.note(say('paste'));
  const input = await read(around, file).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliFailure(EXIT.usage, say('unreadable', { file, reason }), { type: 'usage' });
  });
  const decoded = await decodeMessage(input);
  await showPage(cli, around, verdictPage(decoded, console.language));
  process.exitCode = exitOf(decoded);
}

function exitOf({ verdicts }: Decoded): number {
  for (const [standing, exit] of EXITS) {
    if (verdicts.some((verdict) => verdict.standing === standing)) return exit;
  }
  return EXIT.failure;
}

async function read({ streams }: Surroundings, file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let octets = 0;
  for await (const chunk of file === '-' ? streams.in : createReadStream(file)) {
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
    chunks.push(bytes);
    octets += bytes.length;
    if (octets >= INPUT_OCTETS_MAX) break;
  }
  return Buffer.concat(chunks).subarray(0, INPUT_OCTETS_MAX);
}
