/** `restante code …`, `compare`, `codes`, `decode`, `reference`: the reference at the command line. It needs no server. */
import type { Command } from 'commander';
import type { Page } from '../reference/document.ts';
import type { Cli } from './cli.ts';
import type { Streams } from './console.ts';
import { CliFailure, EXIT } from './failure.ts';
import { REFERENCE_WORDS } from './reference-words.ts';
import { speaker } from './words.ts';

/** Where the command line was called, as far as the reference cares. */
export interface Surroundings {
  readonly streams: Streams;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const COLUMNS_MAX = 100;

export function referenceCommands(program: Command, cli: Cli, around: Surroundings): void {
  const say = speaker(REFERENCE_WORDS, cli.console.language);
  const exits = `\n${say('exits')}`;
  program
    .command('code <code> [enhanced]')
    .description(say('code'))
    .addHelpText('after', exits)
    .action((code: string, enhanced: string | undefined) => showCode(cli, around, code, enhanced));
  program
    .command('compare <a> <b>')
    .description(say('compare'))
    .addHelpText('after', exits)
    .action((a: string, b: string) => showComparison(cli, around, a, b));
  program
    .command('codes')
    .description(say('codes'))
    .option('--phase <phase>', say('phase'))
    .option('--class <digit>', say('class'))
    .option('--search <words>', say('search'))
    .addHelpText('after', exits)
    .action(async (criteria: object) => {
      const { listCodes } = await import('./reference-codes.ts');
      await listCodes(cli, around, criteria);
    });
  program
    .command('decode [file]')
    .description(say('decode'))
    .addHelpText('after', `\n${say('decodeExits')}`)
    .action(async (file: string | undefined) => {
      const { decodeText } = await import('./reference-decode.ts');
      await decodeText(cli, around, file ?? '-');
    });
  program
    .command('reference')
    .description(say('reference'))
    .command('export <folder>')
    .description(say('export'))
    .action(async (folder: string) => {
      const { exportReference } = await import('./reference-export.ts');
      await exportReference(cli, folder);
    });
}

async function showCode(cli: Cli, around: Surroundings, code: string, enhanced?: string): Promise<void> {
  const [first = '', second = enhanced] = code.trim().split(/[\s/]+/);
  const path = [first, ...(second === undefined ? [] : [second])].map(encodeURIComponent).join('/');
  await showPath(cli, around, `/smtp/${path}`, code);
}

async function showComparison(cli: Cli, around: Surroundings, a: string, b: string): Promise<void> {
  const say = speaker(REFERENCE_WORDS, cli.console.language);
  if (a.toUpperCase() === b.toUpperCase()) {
    throw new CliFailure(EXIT.usage, say('sameCode', { code: a }), { type: 'usage' });
  }
  const path = `/smtp/compare/${encodeURIComponent(a)}-vs-${encodeURIComponent(b)}`;
  await showPath(cli, around, path, `${a} ${b}`);
}

/** An unknown code has a page as well, which says what its digits mean; the exit code tells it apart. */
async function showPath(cli: Cli, around: Surroundings, path: string, asked: string): Promise<void> {
  const { isRedirect, pageAt } = await import('../reference/site.ts');
  const { language } = cli.console;
  let found = pageAt(path.toLowerCase(), language);
  if (found !== null && isRedirect(found)) found = pageAt(found.redirect, language);
  if (found === null || isRedirect(found)) {
    const message = speaker(REFERENCE_WORDS, language)('unknownCode', { code: asked });
    throw new CliFailure(EXIT.failure, message, { type: 'unknown-code' });
  }
  await showPage(cli, around, found);
  if (!found.found) process.exitCode = EXIT.failure;
}

/** As text to people, as JSON to scripts. */
export async function showPage({ console }: Cli, around: Surroundings, page: Page): Promise<void> {
  const { renderText } = await import('../reference/text.ts');
  const { jsonOf } = await import('../reference/json.ts');
  await console.result(jsonOf(page), () => {
    const emphasise = console.onTerminal && !around.environment['NO_COLOR'] ? bold : (text: string) => text;
    const text = renderText(page, { columns: columnsOf(around), ascii: isAscii(around), emphasise });
    console.line(text.trimEnd());
  });
}

export function columnsOf({ streams }: Surroundings): number {
  const { columns } = streams.out as { readonly columns?: number };
  return Math.min(columns ?? 80, COLUMNS_MAX);
}

/** Into a file or a pipe, where the locale knows of nothing but ASCII. */
function isAscii({ streams, environment }: Surroundings): boolean {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
  return streams.out.isTTY !== true && /^(?:C|POSIX)?$/.test(locale);
}

function bold(text: string): string {
  return `\u001b[1m${text}\u001b[22m`;
}
