/** `restante mail …` */
import type { Command } from 'commander';
import { aboutOctets } from '../base/quantity.ts';
import type { MessageEntry } from './api-client.ts';
import { showTime } from './cli.ts';
import type { Cli } from './cli.ts';
import { CliFailure, EXIT } from './failure.ts';
import { queryOf, withCriteria } from './mail-criteria.ts';
import type { CriteriaOptions } from './mail-criteria.ts';
import { transferCommands } from './mail-transfer.ts';
import { speaker } from './words.ts';

const WORDS = {
  mail: {
    en: 'messages: list, show, export, import, delete',
    ja: 'メールを管理します (一覧、表示、書き出し、取り込み、削除)',
  },
  list: { en: 'list messages', ja: 'メールを一覧表示します' },
  show: { en: 'show a message as it is stored', ja: 'メールを保存されたとおりに表示します' },
  delete: { en: 'delete messages', ja: 'メールを削除します' },
  raw: { en: 'control characters too, on a terminal', ja: '端末でも制御文字をそのまま出力します' },
  dryRun: { en: 'only say what would be deleted', ja: '削除の対象を示すだけで、削除しません' },
  yes: { en: 'do not ask', ja: '確認せずに実行します' },
  all: { en: 'every message of every account', ja: '全アカウントの全メールを対象にします' },
  needsCriteria: {
    en: 'say which: an address, an option such as --older 30d, or --all',
    ja: '対象を指定してください (アドレス、--older 30d などのオプション、または --all)。',
  },
  would: {
    en: '{count} {count:message|messages}, {octets}, would be deleted.',
    ja: '{count} 通、{octets} が削除の対象です。',
  },
  sure: {
    en: 'Delete {count} {count:message|messages}, {octets}?',
    ja: '{count} 通、{octets} を削除しますか?',
  },
  kept: { en: 'Nothing deleted.', ja: '何も削除しませんでした。' },
  deleting: { en: 'Deleting', ja: '削除しています' },
  deleted: {
    en: '{count} {count:message|messages} deleted, {octets}.',
    ja: '{count} 通、{octets} を削除しました。',
  },
  hMailbox: { en: 'MAILBOX', ja: 'メールボックス' },
  hUid: { en: 'UID', ja: 'UID' },
  hReceived: { en: 'RECEIVED (UTC)', ja: '受信日時 (UTC)' },
  hSize: { en: 'SIZE', ja: 'サイズ' },
  hFrom: { en: 'REVERSE-PATH', ja: '差出人' },
  hFor: { en: 'FOR', ja: '宛先' },
};

/** A table is made whole, for its widths; beyond this it is made in parts. */
const TABLE_ROWS = 500;

export function mailCommands(program: Command, cli: Cli): void {
  const { console, host } = cli;
  const say = speaker(WORDS, console.language);
  const mail = program.command('mail').description(say('mail'));

  withCriteria(mail.command('list [address]').description(say('list')), cli).action(
    async (address: string | undefined, options: CriteriaOptions) => {
      await list(cli, queryOf(address, options, host.now()));
    },
  );
  mail
    .command('show <address> <uid>')
    .description(say('show'))
    .option('--raw', say('raw'))
    .action(async (address: string, uid: string, { raw }: { raw?: true }) => {
      const text = await (await cli.api()).readMessage(address, Number(uid));
      const plain = console.onTerminal && raw !== true;
      const decoder = new TextDecoder();
      await console.bytes(text, (chunk) =>
        plain ? harmless(decoder.decode(chunk, { stream: true })) : chunk,
      );
    });
  withCriteria(mail.command('delete [address]').description(say('delete')), cli)
    .option('--all', say('all'))
    .option('-n, --dry-run', say('dryRun'))
    .option('-y, --yes', say('yes'))
    .action(async (address: string | undefined, options: CriteriaOptions & DeleteOptions) => {
      await remove(cli, queryOf(address, options, host.now()), options);
    });
  transferCommands(mail, cli);
}

interface DeleteOptions {
  readonly all?: true;
  readonly dryRun?: true;
  readonly yes?: true;
}

type Query = ReturnType<typeof queryOf>;

async function remove(cli: Cli, criteria: Query, { all, dryRun, yes }: DeleteOptions): Promise<void> {
  const { console } = cli;
  const say = speaker(WORDS, console.language);
  const isAll = Object.keys(criteria).length === 0;
  if (isAll && all !== true) throw new CliFailure(EXIT.usage, say('needsCriteria'));
  const query = isAll ? { largerThan: 0 } : criteria;
  const api = await cli.api();
  const found = await api.call('countMessages', { query });
  const blanks = { count: found.messages, octets: aboutOctets(found.octets) };
  if (dryRun === true) return console.result(found, () => console.line(say('would', blanks)));
  if (found.messages > 0 && yes !== true && !(await console.confirm(say('sure', blanks)))) {
    return console.note(say('kept'));
  }
  const progress = await console.progress(say('deleting'), found.messages);
  const removed = await api.removeMessages(query, ({ messages }) => progress.to(messages, String(messages)));
  progress.end('');
  await console.result(removed, () =>
    console.line(say('deleted', { count: removed.messages, octets: aboutOctets(removed.octets) })),
  );
}

async function list(cli: Cli, query: Query): Promise<void> {
  const { console } = cli;
  const messages = (await cli.api()).messages(query);
  if (console.json) {
    // One value a line: a list of a million messages must not be held.
    for await (const message of messages) console.line(JSON.stringify(message));
    return;
  }
  let rows: MessageEntry[] = [];
  for await (const message of messages) {
    if (rows.push(message) < TABLE_ROWS) continue;
    await showList(cli, rows);
    rows = [];
  }
  await showList(cli, rows);
}

async function showList({ console }: Cli, rows: readonly MessageEntry[]): Promise<void> {
  const say = speaker(WORDS, console.language);
  await console.table(
    [
      { head: say('hMailbox') },
      { head: say('hUid'), right: true },
      { head: say('hReceived') },
      { head: say('hSize'), right: true },
      { head: say('hFrom') },
      { head: say('hFor') },
    ],
    rows.map(({ address, uid, receivedAt, size, reversePath, recipient }) => [
      address,
      uid,
      showTime(receivedAt),
      aboutOctets(size),
      harmless(reversePath === '' ? '<>' : reversePath),
      harmless(recipient === address ? '' : recipient),
    ]),
  );
}

/** Mail may hold what turns a terminal into something else. */
function harmless(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, (control) =>
    control === '\r' ? '' : '�',
  );
}
