/** `restante account …` */
import type { Command } from 'commander';
import { aboutOctets } from '../base/quantity.ts';
import type { Answer } from '../http/contract.ts';
import { passwordCommands } from './account-password.ts';
import type { ApiClient } from './api-client.ts';
import { octetsAlike, Readers, showCount, showLimit, showShare, showTime } from './cli.ts';
import type { Cli } from './cli.ts';
import { speaker } from './words.ts';

const WORDS = {
  account: { en: 'accounts: who has mail here', ja: 'メールを受け取るアカウントを管理します' },
  add: { en: 'add an account', ja: 'アカウントを追加します' },
  list: { en: 'list accounts', ja: 'アカウントを一覧表示します' },
  show: { en: 'show an account', ja: 'アカウントの詳細を表示します' },
  set: { en: 'change an account', ja: 'アカウントを変更します' },
  remove: { en: 'remove an account', ja: 'アカウントを削除します' },
  address: { en: 'its address, user@domain', ja: 'アドレス (user@domain)' },
  quota: {
    en: 'limit in octets: 1MB, 2GiB, none; "default" ends a limit of its own',
    ja: '容量上限 (1MB、2GiB、none) を指定します。"default" で個別の上限をやめます',
  },
  messages: { en: 'limit in messages, or none', ja: '通数上限、または none を指定します' },
  messageSize: {
    en: 'the largest single message, or none',
    ja: 'メール 1 通の最大サイズ、または none を指定します',
  },
  state: {
    en: 'active, disabled (550), disabled-now (450)',
    ja: 'active、disabled (550)、disabled-now (450) のいずれかを指定します',
  },
  domain: { en: 'only those of this domain', ja: 'このドメインのものに絞ります' },
  withMail: { en: 'its messages too', ja: 'メールも一緒に削除します' },
  yes: { en: 'do not ask', ja: '確認せずに実行します' },
  sure: {
    en: 'Remove {address} with {count} {count:message|messages}?',
    ja: '{address} とメール {count} 通を削除しますか?',
  },
  kept: { en: 'Nothing removed.', ja: '何も削除しませんでした。' },
  added: { en: 'Added {address}.', ja: '{address} を追加しました。' },
  changed: { en: 'Changed {address}.', ja: '{address} を変更しました。' },
  removed: {
    en: 'Removed {address}, {count} {count:message|messages}.',
    ja: '{address} とメール {count} 通を削除しました。',
  },
  hAddress: { en: 'ADDRESS', ja: 'アドレス' },
  hUsed: { en: 'USED', ja: '使用量' },
  hLimit: { en: 'LIMIT', ja: '上限' },
  hShare: { en: '%', ja: '%' },
  share: { en: 'USED SHARE', ja: '使用率' },
  hMessages: { en: 'MESSAGES', ja: '通数' },
  hMessagesMax: { en: 'MAX', ja: '通数上限' },
  hWaiting: { en: 'WAITING', ja: '待機' },
  hState: { en: 'STATE', ja: '状態' },
  hPassword: { en: 'PASSWORD', ja: 'パスワード' },
  hApps: { en: 'APPLICATION PASSWORDS', ja: 'アプリパスワード' },
  hLogin: { en: 'LAST LOGIN', ja: '最終ログイン' },
  yesSet: { en: 'set', ja: '設定済み' },
  hMade: { en: 'CREATED', ja: '作成日時' },
  hFull: { en: 'FULL SINCE', ja: '満杯になった日時' },
  hInflight: { en: 'COMING IN', ja: '受信中' },
  hMessageSize: { en: 'LARGEST MESSAGE', ja: '1 通の最大サイズ' },
};

type Account = Answer<'showAccount'>;

interface ChangeOptions {
  readonly quota?: number | 'default';
  readonly maxMessages?: number;
  readonly maxMessageSize?: number;
  readonly state?: Account['state'];
}

export function accountCommands(program: Command, cli: Cli): void {
  const { console } = cli;
  const say = speaker(WORDS, console.language);
  const read = new Readers(console.language);
  const account = program.command('account').description(say('account'));
  const quota = (text: string): number | 'default' => (text === 'default' ? text : read.octets(text));
  const changing = (command: Command): Command =>
    command
      .option('--quota <size>', say('quota'), quota)
      .option('--max-messages <n>', say('messages'), read.count)
      .option('--max-message-size <size>', say('messageSize'), read.octets)
      .option('--state <state>', say('state'));

  changing(account.command('add <address>').description(say('add'))).action(
    async (address: string, options: ChangeOptions) => {
      const api = await cli.api();
      let added = await api.call('addAccount', { body: { address } });
      if (Object.keys(options).length > 0) added = await change(api, added, options);
      await console.result(added, () => console.line(say('added', { address: added.address })));
    },
  );
  changing(account.command('set <address>').description(say('set'))).action(
    async (address: string, options: ChangeOptions) => {
      const api = await cli.api();
      const changed = await change(api, await api.call('showAccount', { params: { address } }), options);
      await console.result(changed, () => console.line(say('changed', { address: changed.address })));
    },
  );
  account
    .command('list')
    .description(say('list'))
    .option('--domain <domain>', say('domain'))
    .action(async ({ domain }: { domain?: string }) => {
      const accounts = await allAccounts(await cli.api(), domain);
      await console.result(accounts, () => showAccounts(cli, accounts));
    });
  account
    .command('show <address>')
    .description(say('show'))
    .action(async (address: string) => {
      const found = await (await cli.api()).call('showAccount', { params: { address } });
      await console.result(found, () => showAccount(cli, found));
    });
  account
    .command('remove <address>')
    .description(say('remove'))
    .option('--with-mail', say('withMail'))
    .option('-y, --yes', say('yes'))
    .action(async (address: string, { withMail, yes }: { withMail?: true; yes?: true }) => {
      const api = await cli.api();
      const { usedMessages: count } = await api.call('showAccount', { params: { address } });
      if (withMail === true && yes !== true && !(await console.confirm(say('sure', { address, count })))) {
        return console.note(say('kept'));
      }
      const query = { withMail: withMail === true ? 'true' : 'false' } as const;
      const removed = await api.call('removeAccount', { params: { address }, query });
      await console.result(removed, () => console.line(say('removed', { address, count: removed.messages })));
    });
  passwordCommands(account, cli);
}

/** One of the two limits given leaves the other as it holds. */
async function change(api: ApiClient, now: Account, options: ChangeOptions): Promise<Account> {
  const { quota, maxMessages, maxMessageSize, state } = options;
  const { octets, messages } = now.effectiveLimits;
  const limits =
    quota === 'default'
      ? { limits: null }
      : quota === undefined && maxMessages === undefined
        ? {}
        : { limits: { octets: quota ?? octets, messages: maxMessages ?? messages } };
  return api.call('setAccount', {
    params: { address: now.address },
    body: {
      ...limits,
      ...(maxMessageSize === undefined ? {} : { messageSizeMax: maxMessageSize }),
      ...(state === undefined ? {} : { state }),
    },
  });
}

async function allAccounts(api: ApiClient, domain?: string): Promise<readonly Account[]> {
  const all: Account[] = [];
  for (let after: string | undefined; ;) {
    const query = {
      count: 500,
      ...(domain === undefined ? {} : { domain }),
      ...(after === undefined ? {} : { after }),
    };
    const { accounts } = await api.call('listAccounts', { query });
    all.push(...accounts);
    after = accounts.at(-1)?.address;
    if (accounts.length < query.count) return all;
  }
}

/** Also for `quota top`. */
export async function showAccounts({ console }: Cli, accounts: readonly Account[]): Promise<void> {
  const { language } = console;
  const say = speaker(WORDS, language);
  await console.table(
    [
      { head: say('hAddress') },
      { head: say('hUsed'), right: true },
      { head: say('hLimit'), right: true },
      { head: say('hShare'), right: true },
      { head: say('hMessages'), right: true },
      { head: say('hMessagesMax'), right: true },
      { head: say('hWaiting'), right: true },
      { head: say('hState') },
    ],
    accounts.map((one) => [
      one.address,
      aboutOctets(one.usedOctets),
      showLimit(one.effectiveLimits.octets, language),
      showShare(one.usedOctets, one.effectiveLimits.octets),
      one.usedMessages,
      showCount(one.effectiveLimits.messages, language),
      one.waitingMessages,
      one.state,
    ]),
  );
}

/** Also for `quota show`. */
export async function showAccount({ console }: Cli, account: Account): Promise<void> {
  const { language } = console;
  const say = speaker(WORDS, language);
  const { octets, messages } = account.effectiveLimits;
  const sizes = octetsAlike([account.usedOctets, ...(octets === 0 ? [] : [octets])]);
  const [used = '', limit = showLimit(0, language)] = sizes;
  await console.table(
    [{ head: say('hAddress') }, { head: account.address }],
    [
      [say('hState'), account.state],
      [say('hUsed'), used],
      [say('hLimit'), limit],
      [say('share'), showShare(account.usedOctets, octets)],
      [say('hMessages'), account.usedMessages],
      [say('hMessagesMax'), showCount(messages, language)],
      [say('hMessageSize'), showLimit(account.messageSizeMax, language)],
      [say('hWaiting'), account.waitingMessages],
      [say('hInflight'), aboutOctets(account.inflightOctets)],
      [say('hFull'), showTime(account.fullSince)],
      [say('hPassword'), account.hasPassword ? say('yesSet') : '–'],
      [say('hApps'), account.appPasswords.length],
      [say('hLogin'), showTime(account.lastLogin)],
      [say('hMade'), showTime(account.createdAt)],
    ],
  );
}
