/** `restante trace`: the whole life of a message, from the log of events; also while the server is down. */
import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { CliFailure, EXIT } from './failure.ts';
import { speaker } from './words.ts';

const WORDS = {
  trace: { en: 'show the whole life of a message, from the log', ja: 'メールの全経過をログから表示します' },
  what: {
    en: 'its Message-ID, or the id that the server gave it',
    ja: 'Message-ID、またはサーバーが付けた ID',
  },
  log: {
    en: 'log file to read, with those turned over beside it',
    ja: '読むログファイルです (切り替え済みのファイルも読みます)',
  },
  noFile: {
    en: 'the log goes to standard output (log.file is "-"): give the file that it was kept in with --log FILE.',
    ja: 'ログは標準出力に書かれています (log.file が "-")。保存先のファイルを --log で指定してください。',
  },
  noLog: { en: 'there is no log at {file}.', ja: '{file} にログがありません。' },
  nothing: {
    en: 'Nothing is known of {what} in {files} {files:log file|log files}.',
    ja: '{files} 個のログファイルに {what} の記録はありません。',
  },
  message: {
    en: 'accepted from {client} ({protocol}), sender <{from}>, {recipients} {recipients:recipient|recipients}, {size} octets: {id}',
    ja: '{client} から受け付け ({protocol})。差出人 <{from}>、宛先 {recipients} 件、{size} オクテット: {id}',
  },
  'message-refused': { en: 'refused, from {client}: {reply}', ja: '{client} からのメールを拒否: {reply}' },
  'queue-delivered': {
    en: '{recipient}: delivered to {host}, which said {code} {reply}',
    ja: '{recipient}: {host} に配送。応答 {code} {reply}',
  },
  'queue-deferred': {
    en: '{recipient}: not yet ({cause}); {host} {code} {reply}; again at {due}',
    ja: '{recipient}: 延期 ({cause})。{host} {code} {reply}。次は {due}',
  },
  'queue-failed': {
    en: '{recipient}: failed ({cause}); {host} {code} {reply}',
    ja: '{recipient}: 失敗 ({cause})。{host} {code} {reply}',
  },
  'queue-expired': {
    en: '{recipient}: given up, its time is over ({cause})',
    ja: '{recipient}: 期限切れで断念 ({cause})',
  },
  'queue-delayed': {
    en: '{recipient}: the delay has been told, or need not be',
    ja: '{recipient}: 遅延を通知 (または通知不要)',
  },
  'queue-reply-lost': {
    en: '{recipient}: the last reply of {host} was lost; it may arrive twice',
    ja: '{recipient}: {host} の最後の応答が失われました。二重に届く可能性があります',
  },
  'report-kept': { en: 'a report ({topic}) to <{to}>: {report}', ja: '<{to}> への通知 ({topic}): {report}' },
  undeliverable: { en: 'nobody can be told that it failed', ja: '失敗を知らせる相手がいません' },
  'double-bounce': { en: 'a report of ours failed: dropped', ja: 'このサーバーの通知が届かず破棄しました' },
} as const;

type Line = Readonly<Record<string, unknown>>;

/** Files that are looked for beside the newest. */
const FILES_MAX = 1000;
const ID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/i;
/** Lines kept of one message: a list of a million recipients would have as many. */
const LINES_MAX = 100_000;

export function traceCommand(program: Command, cli: Cli): void {
  const { console } = cli;
  const say = speaker(WORDS, console.language);
  program
    .command('trace')
    .argument('<message>', say('what'))
    .description(say('trace'))
    .option('--log <file>', say('log'))
    .action(async (what: string, { log }: { readonly log?: string }) => {
      const files = filesOf(cli, log);
      const lines = await linesOf(files, what);
      if (lines.length === 0)
        throw new CliFailure(EXIT.notFound, say('nothing', { what, files: files.length }), {
          type: 'not-found',
        });
      await console.result(lines, () => {
        for (const line of lines) console.line(`${String(line['time'])}  ${worded(line)}`);
      });
    });

  function worded(line: Line): string {
    const event = String(line['event']);
    if (!(event in WORDS)) return `${event} ${JSON.stringify(line)}`;
    const blanks = Object.fromEntries(
      Object.entries(line).map(([name, value]) => [name, typeof value === 'number' ? value : text(value)]),
    );
    const known = { cause: '', host: '', code: '', reply: '', due: '', client: '', protocol: '', ...blanks };
    return say(event as keyof typeof WORDS, known)
      .replaceAll(/ {2,}/g, ' ')
      .trim();
  }
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The oldest first. */
function filesOf({ host, options, console }: Cli, given: string | undefined): readonly string[] {
  const say = speaker(WORDS, console.language);
  const settings = given === undefined ? host.settings(options(), console.language) : [];
  const newest = given ?? settings.find(({ key }) => key === 'log.file')?.value ?? '-';
  if (newest === '-') throw new CliFailure(EXIT.usage, say('noFile'), { type: 'usage' });
  const files: string[] = [];
  for (let i = 1; i < FILES_MAX && existsSync(`${newest}.${i}`); i++) files.unshift(`${newest}.${i}`);
  if (existsSync(newest)) files.push(newest);
  if (files.length === 0)
    throw new CliFailure(EXIT.notFound, say('noLog', { file: newest }), { type: 'not-found' });
  return files;
}

/** A line that names the Message-ID tells the id, and from there on the id is followed; also that of the reports about it. */
async function linesOf(files: readonly string[], what: string): Promise<readonly Line[]> {
  const wanted = new Set<string>();
  const id = ID.exec(what)?.[0];
  if (id !== undefined) wanted.add(id.toLowerCase());
  const messageId = what.includes('@') ? `<${what.replaceAll(/^<|>$/g, '')}>` : null;
  const found: Line[] = [];
  for (const file of files) {
    for await (const raw of createInterface({ input: createReadStream(file) })) {
      const line = parsed(raw);
      if (line === null || found.length >= LINES_MAX) continue;
      if (messageId !== null && line['messageId'] === messageId && typeof line['id'] === 'string')
        wanted.add(line['id']);
      const ids = [line['id'], line['object'], line['report']];
      if (!ids.some((one) => typeof one === 'string' && wanted.has(one))) continue;
      found.push(line);
      if (typeof line['report'] === 'string') wanted.add(line['report']);
    }
  }
  return found;
}

/** `null`: half a line, at a crash, or not one of ours. */
function parsed(raw: string): Line | null {
  try {
    const line: unknown = JSON.parse(raw);
    return typeof line === 'object' && line !== null ? (line as Line) : null;
  } catch {
    return null;
  }
}
