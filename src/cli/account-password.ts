/** `restante account password`, `restante account app-password …`: a password is asked for, read or made, and never an argument. */
import type { Command } from 'commander';
import { ApiProblem } from './api-client.ts';
import { showTime } from './cli.ts';
import type { Cli } from './cli.ts';
import { CliFailure, EXIT } from './failure.ts';
import { speaker } from './words.ts';
import type { Say } from './words.ts';

const WORDS = {
  password: {
    en: 'set the password of an account; asks for it',
    ja: 'アカウントのパスワードを設定します (入力を求めます)',
  },
  address: { en: 'address of the account, user@domain', ja: 'アカウントのアドレス (user@domain)' },
  stdin: {
    en: 'read it from standard input, the first line',
    ja: '標準入力の 1 行目から読み取ります',
  },
  generate: { en: 'let the server make one, and show it once', ja: 'サーバーで生成し、一度だけ表示します' },
  removeIt: { en: 'take it away: nobody logs in with it', ja: '削除し、ログインできなくします' },
  appPassword: {
    en: 'application passwords: one for each program, made by the server',
    ja: 'アプリパスワードを管理します (アプリごとにサーバーが生成します)',
  },
  add: { en: 'make one, and show it once', ja: '生成し、一度だけ表示します' },
  list: { en: 'list them, with their last use', ja: '最終使用日時とともに一覧表示します' },
  remove: {
    en: 'remove one: its program can no longer log in',
    ja: '削除し、そのアプリからログインできなくします',
  },
  name: { en: 'what to call it, such as "phone"', ja: '名前 ("phone" など)' },
  ask: { en: 'New password for {address}', ja: '{address} の新しいパスワード' },
  again: { en: 'The same once more', ja: 'もう一度入力してください' },
  differ: {
    en: 'the two passwords differ; nothing was changed. Try again.',
    ja: '2 回の入力が一致しません。何も変更していません。もう一度お試しください。',
  },
  given: { en: 'nothing was changed.', ja: '何も変更していません。' },
  nobody: {
    en: 'there is no terminal to ask on: give the password with --stdin, or let one be made with --generate.',
    ja: '入力を求める端末がありません。--stdin で渡すか、--generate で生成してください。',
  },
  empty: {
    en: 'standard input has no password in its first line.',
    ja: '標準入力の 1 行目にパスワードがありません。',
  },
  oneOnly: {
    en: 'give only one of --stdin, --generate and --remove.',
    ja: '--stdin、--generate、--remove は、いずれか 1 つだけ指定してください。',
  },
  set: { en: 'The password of {address} is set.', ja: '{address} のパスワードを設定しました。' },
  removed: {
    en: 'The password of {address} is removed. Application passwords still log in.',
    ja: '{address} のパスワードを削除しました。アプリパスワードは引き続き使えます。',
  },
  none: { en: '{address} has no password.', ja: '{address} にはパスワードがありません。' },
  made: {
    en: 'The password of {address}, shown only now:',
    ja: '{address} のパスワードです。表示されるのは今回だけです:',
  },
  appMade: {
    en: 'The application password "{name}" of {address}, shown only now. The user name is {address}:',
    ja: '{address} のアプリパスワード "{name}" です。表示されるのは今回だけです。ユーザー名は {address} です:',
  },
  appRemoved: {
    en: 'Removed the application password "{name}" of {address}.',
    ja: '{address} のアプリパスワード "{name}" を削除しました。',
  },
  noApps: { en: '{address} has no application passwords.', ja: '{address} にアプリパスワードはありません。' },
  noApp: {
    en: '{address} has no application password "{name}"; "restante account app-password list {address}" shows those it has.',
    ja: '{address} にアプリパスワード "{name}" はありません。"restante account app-password list {address}" で確認できます。',
  },
  appExists: {
    en: '{address} has an application password "{name}" already: remove it first, or choose another name.',
    ja: '{address} にはアプリパスワード "{name}" がすでにあります。先に削除するか、別の名前にしてください。',
  },
  appName: {
    en: 'the name "{name}" cannot be used: 1 to 64 characters without control characters, not beginning or ending with a space.',
    ja: '名前 "{name}" は使えません。制御文字を含まない 1~64 文字とし、前後に空白を付けないでください。',
  },
  appMany: {
    en: '{address} has {what} application passwords, and more are not possible: remove those no longer used.',
    ja: '{address} のアプリパスワードが上限の {what} 件に達しています。使っていないものを削除してください。',
  },
  'too-short': {
    en: 'too short: a password needs 8 characters or more. --generate makes a good one.',
    ja: '短すぎます。8 文字以上にしてください。--generate で安全なものを生成できます。',
  },
  'too-long': {
    en: 'too long: a password may have 1024 octets.',
    ja: '長すぎます。1024 オクテット以内にしてください。',
  },
  'is-address': {
    en: 'a password must not be the address, or a part of it. --generate makes a good one.',
    ja: 'アドレスやその一部をパスワードにすることはできません。--generate で安全なものを生成できます。',
  },
  characters: {
    en: 'a password must not contain control characters, nor begin and end in different directions of writing (RFC 4013).',
    ja: '制御文字や、書字方向の混在する文字列はパスワードに使えません (RFC 4013)。',
  },
  hName: { en: 'NAME', ja: '名前' },
  hCreated: { en: 'CREATED', ja: '作成日時' },
  hUsed: { en: 'LAST USE', ja: '最終使用' },
};

type Speak = Say<typeof WORDS>;

interface PasswordOptions {
  readonly stdin?: true;
  readonly generate?: true;
  readonly remove?: true;
}

export function passwordCommands(account: Command, cli: Cli): void {
  const say = speaker(WORDS, cli.console.language);
  account
    .command('password')
    .argument('<address>', say('address'))
    .description(say('password'))
    .option('--stdin', say('stdin'))
    .option('--generate', say('generate'))
    .option('--remove', say('removeIt'))
    .action((address: string, options: PasswordOptions) => password(cli, say, address, options));
  const app = account.command('app-password').description(say('appPassword'));
  app
    .command('add')
    .argument('<address>', say('address'))
    .argument('<name>', say('name'))
    .description(say('add'))
    .action((address: string, name: string) => addApp(cli, say, address, name));
  app
    .command('list')
    .argument('<address>', say('address'))
    .description(say('list'))
    .action((address: string) => listApps(cli, say, address));
  app
    .command('remove')
    .argument('<address>', say('address'))
    .argument('<name>', say('name'))
    .description(say('remove'))
    .action((address: string, name: string) => removeApp(cli, say, address, name));
}

async function password(cli: Cli, say: Speak, given: string, options: PasswordOptions): Promise<void> {
  const { console } = cli;
  if (Object.keys(options).length > 1) throw new CliFailure(EXIT.usage, say('oneOnly'), { type: 'usage' });
  const api = await cli.api();
  // Before anything is asked: is there such an account?
  const { address, hasPassword } = await api.call('showAccount', { params: { address: given } });
  const params = { address };
  if (options.remove === true) {
    if (!hasPassword) throw new CliFailure(EXIT.notFound, say('none', { address }), { type: 'not-found' });
    const account = await api.call('removePassword', { params });
    return console.result(account, () => console.line(say('removed', { address })));
  }
  if (options.generate === true) {
    const made = await api.call('generatePassword', { params });
    return console.result(made, () => showOnce(cli, say('made', { address }), made.password));
  }
  const chosen = options.stdin === true ? await fromInput(cli, say) : await asked(cli, say, address);
  const account = await explained(say, {}, () =>
    api.call('setPassword', { params, body: { password: chosen } }),
  );
  await console.result(account, () => console.line(say('set', { address })));
}

async function addApp(cli: Cli, say: Speak, address: string, name: string): Promise<void> {
  const api = await cli.api();
  const params = { address: (await api.call('showAccount', { params: { address } })).address };
  const made = await explained(say, { ...params, name }, () =>
    api.call('addAppPassword', { params, body: { name } }),
  );
  await cli.console.result({ name, ...made }, () =>
    showOnce(cli, say('appMade', { ...params, name }), made.password),
  );
}

async function listApps({ api, console }: Cli, say: Speak, given: string): Promise<void> {
  const { address, appPasswords } = await (await api()).call('showAccount', { params: { address: given } });
  await console.result(appPasswords, async () => {
    if (appPasswords.length === 0) return console.line(say('noApps', { address }));
    await console.table(
      [{ head: say('hName') }, { head: say('hCreated') }, { head: say('hUsed') }],
      appPasswords.map(({ name, createdAt, lastUse }) => [name, showTime(createdAt), showTime(lastUse)]),
    );
  });
}

async function removeApp(cli: Cli, say: Speak, given: string, name: string): Promise<void> {
  const api = await cli.api();
  const { address, appPasswords } = await api.call('showAccount', { params: { address: given } });
  if (!appPasswords.some((one) => one.name === name))
    throw new CliFailure(EXIT.notFound, say('noApp', { address, name }), { type: 'not-found' });
  const account = await api.call('removeAppPassword', { params: { address, name } });
  await cli.console.result(account, () => cli.console.line(say('appRemoved', { address, name })));
}

/** What it is goes beside it, so that the password alone can be taken on by a script. */
function showOnce({ console }: Cli, text: string, made: string): void {
  console.note(text);
  console.line(made);
}

async function asked({ console }: Cli, say: Speak, address: string): Promise<string> {
  if (!console.canAsk) throw new CliFailure(EXIT.usage, say('nobody'), { type: 'usage' });
  const first = await console.secret(say('ask', { address }));
  const second = first === null ? null : await console.secret(say('again'));
  if (first === null || second === null)
    throw new CliFailure(EXIT.interrupted, say('given'), { type: 'interrupted' });
  if (first !== second) throw new CliFailure(EXIT.usage, say('differ'), { type: 'usage' });
  return first;
}

async function fromInput({ console }: Cli, say: Speak): Promise<string> {
  const line = await console.firstLine();
  if (line === '') throw new CliFailure(EXIT.usage, say('empty'), { type: 'usage' });
  return line;
}

/** Problems of passwords, each with the way out of it. */
async function explained<T>(
  say: Speak,
  blanks: Readonly<Record<string, string>>,
  order: () => Promise<T>,
): Promise<T> {
  try {
    return await order();
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    const { type, what } = error.problem;
    const word = type === 'weak-password' ? REASONS[what] : PROBLEMS[type];
    if (word === undefined) throw error;
    throw new CliFailure(EXIT.refused, say(word, { ...blanks, what }), { type, cause: error });
  }
}

const REASONS: Readonly<Record<string, keyof typeof WORDS>> = {
  'too-short': 'too-short',
  'too-long': 'too-long',
  'is-address': 'is-address',
  characters: 'characters',
};

const PROBLEMS: Readonly<Record<string, keyof typeof WORDS>> = {
  exists: 'appExists',
  invalid: 'appName',
  'too-many': 'appMany',
};
