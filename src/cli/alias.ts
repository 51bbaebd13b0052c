/** `restante alias …`: one address for another, or for many. */
import type { Command } from 'commander';
import { ApiProblem } from './api-client.ts';
import type { Cli } from './cli.ts';
import { speaker } from './words.ts';

const WORDS = {
  alias: { en: 'aliases and lists', ja: 'エイリアスとメーリングリストを管理します' },
  add: { en: 'make an alias, or add members to one', ja: 'エイリアスを作成するか、メンバーを追加します' },
  list: { en: 'list aliases', ja: 'エイリアスを一覧表示します' },
  set: { en: 'replace the members of an alias', ja: 'エイリアスのメンバーを置き換えます' },
  remove: {
    en: 'remove an alias, or only some members',
    ja: 'エイリアス、またはその一部のメンバーを削除します',
  },
  domain: { en: 'only those of this domain', ja: 'このドメインのものに絞ります' },
  stands: { en: '{address} → {members}', ja: '{address} → {members}' },
  removed: { en: 'Removed {address}.', ja: '{address} を削除しました。' },
  hAlias: { en: 'ALIAS', ja: 'エイリアス' },
  hMembers: { en: 'MEMBERS', ja: 'メンバー' },
};

export function aliasCommands(program: Command, cli: Cli): void {
  const { console } = cli;
  const say = speaker(WORDS, console.language);
  const alias = program.command('alias').description(say('alias'));
  const members = async (address: string): Promise<readonly string[]> => {
    const { aliases } = await (await cli.api()).call('listAliases', { query: {} });
    return aliases.find((one) => one.address.toLowerCase() === address.toLowerCase())?.members ?? [];
  };
  const put = async (address: string, all: readonly string[]): Promise<void> => {
    const set = await (
      await cli.api()
    ).call('setAlias', { params: { address }, body: { members: [...all] } });
    await console.result(set, () =>
      console.line(say('stands', { address: set.address, members: set.members.join(', ') })),
    );
  };

  alias
    .command('add <address> <members...>')
    .description(say('add'))
    .action(async (address: string, added: string[]) => {
      await put(address, [...new Set([...(await members(address)), ...added])]);
    });
  alias
    .command('set <address> <members...>')
    .description(say('set'))
    .action((address: string, all: string[]) => put(address, all));
  alias
    .command('list')
    .description(say('list'))
    .option('--domain <domain>', say('domain'))
    .action(async ({ domain }: { domain?: string }) => {
      const query = domain === undefined ? {} : { domain };
      const { aliases } = await (await cli.api()).call('listAliases', { query });
      await console.result(aliases, () =>
        console.table(
          [{ head: say('hAlias') }, { head: say('hMembers') }],
          aliases.map((one) => [one.address, one.members.join(', ')]),
        ),
      );
    });
  alias
    .command('remove <address> [members...]')
    .description(say('remove'))
    .action(async (address: string, gone: string[]) => {
      const left = (await members(address)).filter((member) => !gone.includes(member));
      if (gone.length > 0 && left.length > 0) return put(address, left);
      if (gone.length > 0 && left.length === 0 && (await members(address)).length === 0) {
        throw new ApiProblem({ type: 'not-found', what: address });
      }
      await (await cli.api()).call('removeAlias', { params: { address } });
      await console.result({ removed: address }, () => console.line(say('removed', { address })));
    });
}
