/** `restante domain …` */
import type { Command } from 'commander';
import { aboutOctets } from '../base/quantity.ts';
import type { Answer } from '../http/contract.ts';
import { Readers, showCount, showLimit } from './cli.ts';
import type { Cli } from './cli.ts';
import { speaker } from './words.ts';

const WORDS = {
  domain: { en: 'domains: what this server has mail for', ja: 'メールを受け取るドメインを管理します' },
  add: { en: 'add a domain', ja: 'ドメインを追加します' },
  list: { en: 'list domains', ja: 'ドメインを一覧表示します' },
  show: { en: 'show a domain', ja: 'ドメインの詳細を表示します' },
  set: { en: 'change a domain', ja: 'ドメインを変更します' },
  remove: { en: 'remove a domain that has no accounts', ja: 'アカウントのないドメインを削除します' },
  quota: { en: 'limit of the whole domain, or none', ja: 'ドメイン全体の容量上限、または none を指定します' },
  messages: {
    en: 'limit of the whole domain in messages, or none',
    ja: 'ドメイン全体の通数上限、または none を指定します',
  },
  accountQuota: {
    en: 'what its accounts get: a size, none, or "default" for the server\'s',
    ja: 'このドメインのアカウントの既定の容量上限、または none を指定します。"default" でサーバーの既定値に戻します',
  },
  accountMessages: {
    en: 'what its accounts get in messages, or none',
    ja: 'このドメインのアカウントの既定の通数上限、または none を指定します',
  },
  catchAll: {
    en: 'who gets what nobody else takes, or "none"',
    ja: 'ほかに受取先のないメールを受け取るアドレス、または "none" を指定します',
  },
  added: { en: 'Added {name}.', ja: '{name} を追加しました。' },
  changed: { en: 'Changed {name}.', ja: '{name} を変更しました。' },
  removed: { en: 'Removed {name}.', ja: '{name} を削除しました。' },
  hDomain: { en: 'DOMAIN', ja: 'ドメイン' },
  hAccounts: { en: 'ACCOUNTS', ja: 'アカウント数' },
  hUsed: { en: 'USED', ja: '使用量' },
  hLimit: { en: 'LIMIT', ja: '上限' },
  hMessages: { en: 'MESSAGES', ja: '通数' },
  hMessagesMax: { en: 'MAX', ja: '通数上限' },
  hEach: { en: 'EACH ACCOUNT', ja: '各アカウントの上限' },
  hCatchAll: { en: 'CATCH-ALL', ja: 'キャッチオール' },
  server: { en: 'as the server', ja: 'サーバーの既定値' },
};

type Domain = Answer<'showDomain'>;

interface ChangeOptions {
  readonly quota?: number;
  readonly maxMessages?: number;
  readonly accountQuota?: number | 'default';
  readonly accountMessages?: number;
  readonly catchAll?: string;
}

export function domainCommands(program: Command, cli: Cli): void {
  const { console } = cli;
  const say = speaker(WORDS, console.language);
  const read = new Readers(console.language);
  const domain = program.command('domain').description(say('domain'));
  const orDefault = (text: string): number | 'default' => (text === 'default' ? text : read.octets(text));
  const changing = (command: Command): Command =>
    command
      .option('--quota <size>', say('quota'), read.octets)
      .option('--max-messages <n>', say('messages'), read.count)
      .option('--account-quota <size>', say('accountQuota'), orDefault)
      .option('--account-messages <n>', say('accountMessages'), read.count)
      .option('--catch-all <address>', say('catchAll'));
  const change = async (name: string, options: ChangeOptions): Promise<Domain> => {
    const api = await cli.api();
    const now = await api.call('showDomain', { params: { domain: name } });
    return api.call('setDomain', { params: { domain: name }, body: changeOf(now, options) });
  };

  changing(domain.command('add <name>').description(say('add'))).action(
    async (name: string, options: ChangeOptions) => {
      let added = await (await cli.api()).call('addDomain', { body: { name } });
      if (Object.keys(options).length > 0) added = await change(added.name, options);
      await console.result(added, () => console.line(say('added', { name: added.name })));
    },
  );
  changing(domain.command('set <name>').description(say('set'))).action(
    async (name: string, options: ChangeOptions) => {
      const changed = await change(name, options);
      await console.result(changed, () => console.line(say('changed', { name })));
    },
  );
  domain
    .command('list')
    .description(say('list'))
    .action(async () => {
      const { domains } = await (await cli.api()).call('listDomains');
      await console.result(domains, () => showDomains(cli, domains));
    });
  domain
    .command('show <name>')
    .description(say('show'))
    .action(async (name: string) => {
      const found = await (await cli.api()).call('showDomain', { params: { domain: name } });
      await console.result(found, () => showDomains(cli, [found]));
    });
  domain
    .command('remove <name>')
    .description(say('remove'))
    .action(async (name: string) => {
      await (await cli.api()).call('removeDomain', { params: { domain: name } });
      await console.result({ removed: name }, () => console.line(say('removed', { name })));
    });
}

/** One of two limits given leaves the other as it is. */
function changeOf(now: Domain, options: ChangeOptions): object {
  const { quota, maxMessages, accountQuota, accountMessages, catchAll } = options;
  const each = now.accountLimits ?? { octets: 0, messages: 0 };
  return {
    ...(quota === undefined && maxMessages === undefined
      ? {}
      : { limits: { octets: quota ?? now.limits.octets, messages: maxMessages ?? now.limits.messages } }),
    ...(accountQuota === 'default'
      ? { accountLimits: null }
      : accountQuota === undefined && accountMessages === undefined
        ? {}
        : {
            accountLimits: {
              octets: accountQuota ?? each.octets,
              messages: accountMessages ?? each.messages,
            },
          }),
    ...(catchAll === undefined ? {} : { catchAll: catchAll === 'none' ? null : catchAll }),
  };
}

async function showDomains({ console }: Cli, domains: readonly Domain[]): Promise<void> {
  const { language } = console;
  const say = speaker(WORDS, language);
  await console.table(
    [
      { head: say('hDomain') },
      { head: say('hAccounts'), right: true },
      { head: say('hUsed'), right: true },
      { head: say('hLimit'), right: true },
      { head: say('hMessages'), right: true },
      { head: say('hMessagesMax'), right: true },
      { head: say('hEach'), right: true },
      { head: say('hCatchAll') },
    ],
    domains.map((one) => [
      one.name,
      one.accounts,
      aboutOctets(one.usedOctets),
      showLimit(one.limits.octets, language),
      one.usedMessages,
      showCount(one.limits.messages, language),
      one.accountLimits === null ? say('server') : showLimit(one.accountLimits.octets, language),
      one.catchAll ?? '–',
    ]),
  );
}
