/** `restante settings` and `restante serve` */
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { settingsPage } from './settings-page.ts';
import { speaker } from './words.ts';

const WORDS = {
  settings: {
    en: 'list every setting with its value and source',
    ja: 'すべての設定を、値と設定元とともに一覧表示します',
  },
  serve: { en: 'run the server', ja: 'サーバーを起動します' },
  markdown: { en: 'as a page of the reference', ja: 'リファレンスのページとして出力します' },
  hKey: { en: 'SETTING', ja: '設定' },
  hValue: { en: 'VALUE', ja: '値' },
  hDefault: { en: 'DEFAULT', ja: '既定値' },
  hUnit: { en: 'UNIT', ja: '単位' },
  hSource: { en: 'SOURCE', ja: '設定元' },
};

export function settingsCommands(program: Command, cli: Cli): void {
  const { console, host } = cli;
  const say = speaker(WORDS, console.language);
  program
    .command('serve')
    .description(say('serve'))
    .action(async () => {
      process.exitCode = await host.serve(cli.options(), console.language);
    });
  program
    .command('settings')
    .description(say('settings'))
    .option('--markdown', say('markdown'))
    .action(async ({ markdown }: { markdown?: true }) => {
      const rows = host.settings(cli.options(), console.language);
      if (markdown === true) return console.line(settingsPage(rows, console.language));
      await console.result(rows, () =>
        console.table(
          [
            { head: say('hKey') },
            { head: say('hValue') },
            { head: say('hDefault') },
            { head: say('hUnit') },
            { head: say('hSource') },
          ],
          rows.map((row) => [row.key, row.value || '""', row.default || '""', row.unit, row.source]),
        ),
      );
    });
}
