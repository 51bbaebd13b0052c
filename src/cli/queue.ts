/** `restante queue …` */
import type { Command } from 'commander';
import { aboutOctets } from '../base/quantity.ts';
import type { Answer, Input, QueueQueryInput } from '../http/contract.ts';
import { Readers, showTime } from './cli.ts';
import type { Cli } from './cli.ts';
import { CliFailure, EXIT } from './failure.ts';
import { explainQueued } from './queue-explain.ts';
import { CAUSE_WORDS, type Cause, type Queued, span } from './queue-words.ts';
import { speaker } from './words.ts';

const WORDS = {
  queue: { en: 'mail on its way to others', ja: '外部へ配送待ちのメールを管理します' },
  list: { en: 'list recipients in the queue', ja: 'キューにある宛先を一覧します' },
  status: { en: 'how much there is, and why', ja: '件数と理由の集計を表示します' },
  show: {
    en: 'show one message, or one recipient of it (id/number), with all that is known',
    ja: 'メール (または id/番号 の宛先) の詳細を表示します',
  },
  explain: {
    en: 'say what happened, what it means, when it is tried next, and why then',
    ja: '何が起きたか、その意味、次に試す時刻とその理由を説明します',
  },
  hold: { en: 'keep it from being tried', ja: '配送を保留します' },
  release: { en: 'end that', ja: '保留を解除します' },
  retry: {
    en: 'try now; a destination that was given up is asked again',
    ja: '今すぐ再試行します。停止中の宛先も再開します',
  },
  fail: { en: 'return it to its sender now, with a report', ja: '今すぐ差出人に返送し、通知します' },
  delete: { en: 'remove it without a word to anybody', ja: '誰にも知らせずに削除します' },
  flush: {
    en: 'try everything now, or all of one domain',
    ja: 'すべて、または 1 つのドメイン宛てを今すぐ再試行します',
  },
  id: { en: 'this message, or one recipient: id/number', ja: 'このメール、または宛先 (id/番号) に絞ります' },
  sender: { en: 'from this address', ja: 'この差出人のものに絞ります' },
  recipient: { en: 'to this address', ja: 'この宛先のものに絞ります' },
  domain: { en: 'to this domain', ja: 'このドメイン宛てに絞ります' },
  cause: { en: 'waiting for this reason: {causes}', ja: 'この理由で待っているものに絞ります: {causes}' },
  older: { en: 'queued longer ago than this: 4h, 2d', ja: 'これより前に受け付けたものに絞ります (4h、2d)' },
  newer: { en: 'queued within this time', ja: 'この期間内に受け付けたものに絞ります' },
  held: { en: 'held ones', ja: '保留中のものに絞ります' },
  local: {
    en: 'copies that wait for a full mailbox of ours',
    ja: 'このサーバーの満杯のメールボックスを待つものに絞ります',
  },
  count: { en: 'at most so many', ja: '表示する件数の上限です' },
  all: { en: 'everything in the queue', ja: 'キュー全体を対象にします' },
  dryRun: { en: 'only say what it would concern', ja: '対象を表示するだけで、変更しません' },
  yes: { en: 'do not ask', ja: '確認せずに実行します' },
  badCause: { en: 'expected one of: {causes}.', ja: '次のいずれかを指定してください: {causes}。' },
  which: {
    en: 'which ones? Give an id or criteria (restante queue {act} --help), or --all.',
    ja: '対象を指定してください。id や条件 (restante queue {act} --help)、または --all が必要です。',
  },
  ask: {
    en: '{entries:recipient|recipients}: {entries}, {octets}. Go on?',
    ja: '宛先 {entries} 件、{octets} が対象です。続けますか。',
  },
  nothing: { en: 'Nothing in the queue fits.', ja: '該当するものはありません。' },
  would: {
    en: 'It would concern {entries} {entries:recipient|recipients}, {octets}.',
    ja: '宛先 {entries} 件、{octets} が対象になります。',
  },
  did: { en: '{entries} {entries:recipient|recipients} done.', ja: '宛先 {entries} 件を処理しました。' },
  empty: { en: 'The queue is empty.', ja: 'キューは空です。' },
  more: {
    en: 'There are more: --count, or criteria.',
    ja: '続きがあります。--count や条件を指定してください。',
  },
  hId: { en: 'id', ja: 'ID' },
  hAge: { en: 'age', ja: '経過' },
  hFrom: { en: 'from', ja: '差出人' },
  hTo: { en: 'to', ja: '宛先' },
  hTries: { en: 'tries', ja: '試行' },
  hNext: { en: 'next in', ja: '次まで' },
  hWhy: { en: 'why it is here', ja: '理由' },
  now: { en: 'now', ja: 'まもなく' },
  isHeld: { en: 'held', ja: '保留' },
  isNew: { en: 'not tried yet', ja: '未試行' },
  waits: { en: 'waits for room in our mailbox', ja: 'メールボックスの空き待ち' },
  recipients: { en: 'recipients', ja: '宛先' },
  ofSize: { en: '{entries}, {octets}', ja: '{entries} 件、{octets}' },
  beingSent: { en: 'being sent', ja: '配送中' },
  destinations: { en: 'destinations', ja: '宛先ドメイン' },
  oldest: { en: 'oldest', ja: '最古' },
  blockedRow: { en: '{destination}, left alone until {until}', ja: '{destination} ({until} まで停止)' },
};

const SHOWN_COUNT = 100;
const CAUSE_NAMES = Object.keys(CAUSE_WORDS).join(', ');

interface Criteria {
  readonly id?: string;
  readonly sender?: string;
  readonly recipient?: string;
  readonly domain?: string;
  readonly cause?: string;
  readonly older?: number;
  readonly newer?: number;
  readonly held?: true;
  readonly local?: true;
}

interface ActOptions extends Criteria {
  readonly all?: true;
  readonly dryRun?: true;
  readonly yes?: true;
}

type Act = Input<'changeQueue'>['body']['act'];

export function queueCommands(program: Command, cli: Cli): void {
  const { console } = cli;
  const say = speaker(WORDS, console.language);
  const queue = program.command('queue').description(say('queue'));
  criteria(queue.command('list').alias('ls').description(say('list')), cli)
    .option('-n, --count <count>', say('count'), new Readers(console.language).count, SHOWN_COUNT)
    .action(async (options: Criteria & { readonly count: number }) => list(cli, options));
  queue
    .command('status')
    .description(say('status'))
    .action(async () => showFigures(cli));
  for (const [name, show] of [
    ['show', showAll],
    ['explain', explainQueued],
  ] as const) {
    queue
      .command(`${name} <id>`)
      .description(say(name))
      .action(async (id: string) => {
        const found = await (await cli.api()).call('showQueued', { query: { id } });
        await console.result(found, () => show(cli, found));
      });
  }
  for (const act of ['hold', 'release', 'retry', 'fail', 'delete'] as const) {
    criteria(queue.command(`${act} [id]`).description(say(act)), cli)
      .option('--all', say('all'))
      .option('--dry-run', say('dryRun'))
      .option('-y, --yes', say('yes'))
      .action(async (id: string | undefined, options: ActOptions) =>
        change(cli, act, id === undefined ? options : { ...options, id }),
      );
  }
  queue
    .command('flush [domain]')
    .description(say('flush'))
    .option('--dry-run', say('dryRun'))
    .action(async (domain: string | undefined, options: { readonly dryRun?: true }) =>
      change(cli, 'retry', { ...options, ...(domain === undefined ? { all: true } : { domain }) }),
    );
}

function criteria(command: Command, { console }: Cli): Command {
  const say = speaker(WORDS, console.language);
  const read = new Readers(console.language);
  return command
    .option('--id <id>', say('id'))
    .option('--sender <address>', say('sender'))
    .option('--recipient <address>', say('recipient'))
    .option('--domain <domain>', say('domain'))
    .option('--cause <cause>', say('cause', { causes: CAUSE_NAMES }))
    .option('--older <age>', say('older'), read.age)
    .option('--newer <age>', say('newer'), read.age)
    .option('--held', say('held'))
    .option('--local', say('local'));
}

function queryOf({ console, host }: Cli, options: Criteria): QueueQueryInput {
  const { id, sender, recipient, domain, cause, older, newer, held, local } = options;
  if (cause !== undefined && !(cause in CAUSE_WORDS)) {
    const message = speaker(WORDS, console.language)('badCause', { causes: CAUSE_NAMES });
    throw new CliFailure(EXIT.usage, `--cause: ${message}`, { type: 'usage' });
  }
  return {
    ...(id === undefined ? {} : { id }),
    ...(sender === undefined ? {} : { sender: sender === '<>' ? '' : sender }),
    ...(recipient === undefined ? {} : { recipient }),
    ...(domain === undefined ? {} : { destination: domain }),
    ...(cause === undefined ? {} : { cause: cause as Cause }),
    ...(older === undefined ? {} : { before: host.now() - older }),
    ...(newer === undefined ? {} : { since: host.now() - newer }),
    ...(held === true ? { held: 'true' as const } : {}),
    ...(local === true ? { local: 'true' as const } : {}),
  };
}

async function list(cli: Cli, options: Criteria & { readonly count: number }): Promise<void> {
  const { console, host } = cli;
  const say = speaker(WORDS, console.language);
  const query = { ...queryOf(cli, options), count: Math.max(1, Math.min(1000, options.count)) };
  const api = await cli.api();
  const page = await api.call('listQueue', { query });
  const { destinations } = await api.call('listBlocked');
  const blocked: Blocked = new Map(destinations.map((one) => [one.destination, one]));
  await console.result(page, async () => {
    if (page.entries.length === 0) return console.line(say('empty'));
    const now = host.now();
    await console.table(
      [
        { head: say('hId') },
        { head: say('hAge'), right: true },
        { head: say('hFrom') },
        { head: say('hTo') },
        { head: say('hTries'), right: true },
        { head: say('hNext'), right: true },
        { head: say('hWhy') },
      ],
      page.entries.map((entry) => [
        `${entry.id}/${entry.ordinal}`,
        span(now - entry.queuedAt, console.language),
        entry.sender === '' ? '<>' : entry.sender,
        entry.recipient,
        entry.retry?.attempts ?? 0,
        nextOf(cli, entry, blocked),
        reasonOf(cli, entry, blocked),
      ]),
    );
    if (page.next !== null) console.note(say('more'));
  });
}

/** A destination that is left alone as a whole, by its name. */
type Blocked = ReadonlyMap<string, Answer<'listBlocked'>['destinations'][number]>;

function nextOf(
  { console, host }: Cli,
  { held, local, retry, destination }: Queued,
  blocked: Blocked,
): string {
  const say = speaker(WORDS, console.language);
  if (held) return say('isHeld');
  if (local) return '–';
  const due = Math.max(retry?.due ?? 0, blocked.get(destination)?.until ?? 0);
  const wait = due - host.now();
  return wait <= 0 ? say('now') : span(wait, console.language);
}

function reasonOf({ console }: Cli, { local, retry, destination }: Queued, blocked: Blocked): string {
  const say = speaker(WORDS, console.language);
  if (local) return say('waits');
  const state = blocked.get(destination)?.retry ?? retry;
  return state === null ? say('isNew') : CAUSE_WORDS[state.cause][console.language];
}

async function showFigures(cli: Cli): Promise<void> {
  const { console } = cli;
  const say = speaker(WORDS, console.language);
  const api = await cli.api();
  const [figures, { destinations: blocked }] = await Promise.all([
    api.call('queueFigures'),
    api.call('listBlocked'),
  ]);
  await console.result({ ...figures, blocked }, () => {
    const { entries, octets, held, leased, destinations, oldest, byCause } = figures;
    return console.table(
      [{ head: say('recipients') }, { head: say('ofSize', { entries, octets: aboutOctets(octets) }) }],
      [
        [say('beingSent'), leased],
        [say('isHeld'), held],
        [say('destinations'), destinations],
        [say('oldest'), showTime(oldest)],
        ...byCause.map((one) => [CAUSE_WORDS[one.cause][console.language], one.entries]),
        ...blocked.map(({ destination, until, entries: count, retry }) => [
          say('blockedRow', { destination, until: showTime(until) }),
          `${count}; ${CAUSE_WORDS[retry.cause][console.language]}`,
        ]),
      ],
    );
  });
}

async function change(cli: Cli, act: Act, options: ActOptions): Promise<void> {
  const { console } = cli;
  const say = speaker(WORDS, console.language);
  const query = queryOf(cli, options);
  if (Object.keys(query).length === 0 && options.all !== true)
    throw new CliFailure(EXIT.usage, say('which', { act }), { type: 'usage' });
  const api = await cli.api();
  const order = { act, query, ...(options.all === true ? { all: true } : {}) };
  const found = await api.call('changeQueue', { body: { ...order, dryRun: true } });
  const facts = { entries: found.entries, octets: aboutOctets(found.octets) };
  if (found.entries === 0 || options.dryRun === true)
    return console.result(found, () => console.line(say(found.entries === 0 ? 'nothing' : 'would', facts)));
  const isGrave = act === 'fail' || act === 'delete';
  if (isGrave && options.yes !== true && !(await console.confirm(say('ask', facts)))) return;
  const done = await api.call('changeQueue', { body: order });
  await console.result(done, () => console.line(say('did', { entries: done.entries })));
}

async function showAll(cli: Cli, { entries, blocked }: Answer<'showQueued'>): Promise<void> {
  const { console } = cli;
  for (const entry of entries) {
    const { retry, why: _, ...plain } = entry;
    const rows = Object.entries(plain).map(([name, value]) => [name, shown(name, value)]);
    const last =
      retry === null
        ? []
        : Object.entries(retry.last).map(([name, value]) => [`last ${name}`, shown(name, value)]);
    const state = retry === null ? [] : Object.entries(retry).filter(([name]) => name !== 'last');
    const states = state.map(([name, value]) => [name, shown(name, value)]);
    await console.table(
      [{ head: `${entry.id}/${entry.ordinal}` }, { head: entry.recipient }],
      [...rows, ...states, ...last],
    );
    console.line('');
  }
  if (blocked !== null)
    console.line(`${blocked.destination}: ${showTime(blocked.until)} ${blocked.retry.last.text}`);
}

function shown(name: string, value: unknown): string {
  if (typeof value === 'number' && /At$|^at$|^due$/.test(name)) return showTime(value);
  if (value === null) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
