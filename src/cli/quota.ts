/** `restante quota …` */
import type { Command } from 'commander';
import { aboutOctets } from '../base/quantity.ts';
import { showAccount, showAccounts } from './account.ts';
import { Readers } from './cli.ts';
import type { Cli } from './cli.ts';
import { speaker } from './words.ts';

const WORDS = {
  quota: { en: 'quotas: who uses how much', ja: '容量上限と使用量を管理します' },
  show: {
    en: 'show the quota of an account, or of all',
    ja: 'アカウント (省略時はすべて) の容量上限と使用量を表示します',
  },
  set: {
    en: 'set the quota of an account: a size, "none" or "default"',
    ja: 'アカウントの容量上限を設定します (サイズ、"none"、"default")',
  },
  top: { en: 'who uses most', ja: '使用量の多い順に表示します' },
  recount: {
    en: 'count what is stored, and mend figures that differ',
    ja: '保存内容を数え直し、食い違う数字を直します',
  },
  messages: { en: 'limit in messages, or none', ja: '通数上限、または none を指定します' },
  count: { en: 'how many', ja: '表示する件数を指定します' },
  by: {
    en: '"used": octets; "share": of the limit',
    ja: '並べる順を指定します。"used" は使用量、"share" は上限に対する割合です',
  },
  fine: {
    en: 'Counted {accounts} {accounts:account|accounts}: all figures are right.',
    ja: '{accounts} アカウントを数えました。数字はすべて一致しています。',
  },
  mended: {
    en: 'Counted {accounts} {accounts:account|accounts}: {count} mended.',
    ja: '{accounts} アカウントを数え、{count} 件を直しました。',
  },
  released: {
    en: '{count} waiting {count:message|messages} delivered.',
    ja: '待機中のメール {count} 通を配送しました。',
  },
  hAddress: { en: 'ADDRESS', ja: 'アドレス' },
  hBooked: { en: 'BOOKED', ja: '記録' },
  hCounted: { en: 'COUNTED', ja: '実際' },
};

export function quotaCommands(program: Command, cli: Cli): void {
  const { console } = cli;
  const say = speaker(WORDS, console.language);
  const read = new Readers(console.language);
  const quota = program.command('quota').description(say('quota'));

  quota
    .command('show [address]')
    .alias('status')
    .description(say('show'))
    .action(async (address: string | undefined) => {
      const api = await cli.api();
      if (address !== undefined) {
        const account = await api.call('showAccount', { params: { address } });
        return console.result(account, () => showAccount(cli, account));
      }
      const { accounts } = await api.call('listAccounts', { query: { order: 'share', count: 1000 } });
      await console.result(accounts, () => showAccounts(cli, accounts));
    });
  quota
    .command('set <address> <size>')
    .description(say('set'))
    .option('--max-messages <n>', say('messages'), read.count)
    .action(async (address: string, size: string, { maxMessages }: { maxMessages?: number }) => {
      const api = await cli.api();
      const now = await api.call('showAccount', { params: { address } });
      const messages = maxMessages ?? now.effectiveLimits.messages;
      const limits = size === 'default' ? null : { octets: read.octets(size), messages };
      const changed = await api.call('setAccount', { params: { address }, body: { limits } });
      const { released } = await api.call('releaseWaiting', { body: { address } });
      await console.result(changed, () => showAccount(cli, changed));
      if (released > 0) console.note(say('released', { count: released }));
    });
  quota
    .command('top')
    .description(say('top'))
    .option('-n, --count <n>', say('count'), read.count, 10)
    .option('--by <order>', say('by'), 'used')
    .action(async ({ count, by }: { count: number; by: string }) => {
      const order = by === 'share' ? 'share' : 'used';
      const { accounts } = await (await cli.api()).call('listAccounts', { query: { order, count } });
      await console.result(accounts, () => showAccounts(cli, accounts));
    });
  quota
    .command('recount [address]')
    .description(say('recount'))
    .action(async (address: string | undefined) => {
      const body = address === undefined ? {} : { address };
      const counted = await (await cli.api()).call('recount', { body });
      const { accounts, mended } = counted;
      await console.result(counted, async () => {
        if (mended.length === 0) return console.line(say('fine', { accounts }));
        await console.table(
          [
            { head: say('hAddress') },
            { head: say('hBooked'), right: true },
            { head: say('hCounted'), right: true },
          ],
          mended.map((one) => [
            one.address,
            `${aboutOctets(one.bookedOctets)} / ${one.bookedMessages}`,
            `${aboutOctets(one.countedOctets)} / ${one.countedMessages}`,
          ]),
        );
        console.line(say('mended', { accounts, count: mended.length }));
      });
    });
}
