/** What the server says on the terminal when it is up, and how it says that it is not. */
import type { Language, Wording } from '../base/language.ts';

const WORDS = {
  up: {
    en: 'Restante {version} is running. Data: {data}',
    ja: 'Restante {version} が起動しました。データ: {data}',
  },
  made: {
    en: 'First start: made the data directory with the domain {domain} and the mailbox {postmaster}.',
    ja: '初回起動: データディレクトリを作成し、ドメイン {domain} とメールボックス {postmaster} を用意しました。',
  },
  listens: { en: '{protocol} on {address}', ja: '{protocol}: {address}' },
  try: { en: 'Try, in another shell:', ja: '別のシェルで試せます:' },
  help: { en: 'its HELP, inside the protocol', ja: 'プロトコルの中で HELP を見る' },
  send: { en: 'send a message', ja: 'メールを送る' },
  list: { en: 'see it stored', ja: '保存されたメールを見る' },
  stop: { en: 'Ctrl+C stops it.', ja: 'Ctrl+C で停止します。' },
} as const satisfies Record<string, Wording>;

export interface Started {
  readonly version: string;
  readonly data: string;
  readonly madeDomain: string | null;
  readonly listeners: readonly { readonly protocol: string; readonly address: string }[];
  /** How the command line is called from where the reader is, with what it needs to find this server. */
  readonly command: string;
}

export function welcome(started: Started, language: Language): string {
  const say = (word: keyof typeof WORDS, blanks: Readonly<Record<string, string>> = {}): string =>
    WORDS[word][language].replaceAll(/\{(\w+)\}/g, (_, name: string) => blanks[name] ?? '');
  const { version, data, madeDomain, listeners, command } = started;
  const smtp = listeners.find(({ protocol }) => protocol === 'SMTP')?.address;
  const tries: readonly (readonly [string, string])[] = [
    ...(smtp === undefined
      ? []
      : ([
          [`curl smtp://${smtp}`, say('help')],
          [`swaks --server ${smtp} --to postmaster@${madeDomain ?? 'localhost'}`, say('send')],
        ] as const)),
    [`${command} mail list`, say('list')],
  ];
  const width = Math.max(...tries.map(([line]) => line.length));
  return [
    say('up', { version, data }),
    ...(madeDomain === null
      ? []
      : [say('made', { domain: madeDomain, postmaster: `postmaster@${madeDomain}` })]),
    ...listeners.map(({ protocol, address }) => `  ${say('listens', { protocol, address })}`),
    '',
    say('try'),
    ...tries.map(([line, about]) => `  ${line.padEnd(width)}   # ${about}`),
    '',
    say('stop'),
  ].join('\n');
}
