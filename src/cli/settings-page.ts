/** The page of the reference about settings, from their table. */
import type { Language, Wording } from '../base/language.ts';
import type { SettingRow } from './cli.ts';

const WORDS = {
  title: { en: 'Settings', ja: '設定' },
  made: {
    en: 'Made by `npm run docs` from `src/app/settings-table.ts`. Do not edit.',
    ja: '`npm run docs` が `src/app/settings-table.ts` から生成します。直接編集しないでください。',
  },
  intro: {
    en: 'Every setting has a default; one TOML file (`--config FILE`) may hold any of them, as `hostname = "mail.example.org"` or `[smtp]` with `listen = "0.0.0.0:25"`. `--set key=value` wins over the environment variable, that over the file, that over the default. A wrong one is refused at start, with its place. `restante settings` shows what holds.',
    ja: 'すべての設定に既定値があります。TOML ファイル 1 つ (`--config FILE`) に、`hostname = "mail.example.org"` や `[smtp]` の下の `listen = "0.0.0.0:25"` のように書けます。優先順位は、`--set key=value`、環境変数、ファイル、既定値の順です。誤った設定があると、起動時にその場所を示して拒否します。有効な値は `restante settings` で確認できます。',
  },
  sizes: {
    en: '`1MB` is 1,000,000 octets, `1MiB` is 1,048,576. Relative paths in the file stand on its folder, others on the working directory; `{data}` is the data directory.',
    ja: '`1MB` は 1,000,000 オクテット、`1MiB` は 1,048,576 オクテットです。ファイル内の相対パスはそのファイルのフォルダーを、それ以外は作業ディレクトリを基準にします。`{data}` はデータディレクトリを表します。',
  },
  head: {
    en: '| Setting | Default | Unit | Environment | Meaning |',
    ja: '| 設定 | 既定値 | 単位 | 環境変数 | 意味 |',
  },
} as const satisfies Record<string, Wording>;

/** `source` of a row is here the environment variable that sets it. */
export function settingsPage(rows: readonly SettingRow[], language: Language): string {
  const { title, made, intro, sizes, head } = WORDS;
  const lines = rows.map(({ key, default: value, unit, source, about }) => {
    const variable = source.startsWith('RESTANTE_') ? `\`${source}\`` : '';
    return `| \`${key}\` | \`${value || '""'}\` | ${unit} | ${variable} | ${about} |`;
  });
  return [
    `# ${title[language]}`,
    ...[made, intro, sizes].map((text) => `\n${text[language]}`),
    `\n${head[language]}`,
    '| --- | --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n');
}
