/** The command line: its commands, its help in two languages, and what goes wrong turned into exit codes. */
import { Command, CommanderError } from 'commander';
import { languageOf } from '../base/language.ts';
import type { Language } from '../base/language.ts';
import type { ProblemType } from '../http/endpoints.ts';
import { accountCommands } from './account.ts';
import { aliasCommands } from './alias.ts';
import { ApiProblem } from './api-client.ts';
import type { ApiClient } from './api-client.ts';
import type { Cli, CliHost, GlobalOptions } from './cli.ts';
import { Console } from './console.ts';
import type { Streams } from './console.ts';
import { domainCommands } from './domain.ts';
import { CliFailure, EXIT } from './failure.ts';
import type { ExitCode } from './failure.ts';
import { mailCommands } from './mail.ts';
import { queueCommands } from './queue.ts';
import { quotaCommands } from './quota.ts';
import { referenceCommands } from './reference.ts';
import { settingsCommands } from './settings.ts';
import { storageCommands } from './storage.ts';
import { tlsCommands } from './tls.ts';
import { traceCommand } from './trace.ts';
import { speaker } from './words.ts';

const WORDS = {
  about: {
    en: 'A mail server that keeps what it accepts and explains what it refuses.',
    ja: '受け取ったものは失わず、断るときは理由を説明するメールサーバーです。',
  },
  config: { en: 'TOML file of settings', ja: '設定の TOML ファイルを指定します' },
  set: { en: 'a setting, key=value; may be repeated', ja: '設定を key=value の形で指定します (複数可)' },
  json: { en: 'JSON on standard output, for scripts', ja: 'スクリプト向けに、標準出力へ JSON で出力します' },
  lang: {
    en: 'en or ja; else LC_ALL, LC_MESSAGES, LANG say',
    ja: 'en または ja を指定します。省略時は LC_ALL、LC_MESSAGES、LANG に従います',
  },
  help: { en: 'show help', ja: 'ヘルプを表示します' },
  version: { en: 'show the version', ja: 'バージョンを表示します' },
  codes: {
    en: 'Exit codes: 0 done, 1 failure, 2 wrong usage or settings, 3 not found, 4 server not reachable or data locked, 5 refused (exists, in use, over quota, invalid).',
    ja: '終了コード: 0 成功、1 失敗、2 使い方または設定の誤り、3 見つからない、4 サーバーに接続できない、またはデータがロックされている、5 拒否 (既存、使用中、容量超過、不正)。',
  },
  'Usage:': { en: 'Usage:', ja: '使い方:' },
  'Arguments:': { en: 'Arguments:', ja: '引数:' },
  'Options:': { en: 'Options:', ja: 'オプション:' },
  'Commands:': { en: 'Commands:', ja: 'コマンド:' },
  default: { en: 'default', ja: '既定値' },
  error: { en: 'restante: {message}', ja: 'restante: {message}' },
  unknownOption: { en: '{message}', ja: '{what} というオプションはありません。{hint}' },
  unknownCommand: { en: '{message}', ja: '{what} というコマンドはありません。{hint}' },
  invalidArgument: { en: '{message}', ja: '{what}: 値 "{value}" は正しくありません。{reason}' },
  missing: { en: '{message}', ja: '{what} を指定してください。' },
  excess: { en: '{message}', ja: '{what} の引数が多すぎます。' },
  near: { en: '', ja: '「{near}」のことでしょうか。' },
};

const PROBLEMS = {
  invalid: { en: 'not valid: {what}', ja: '正しくありません: {what}' },
  'not-found': { en: 'not found: {what}', ja: '見つかりません: {what}' },
  exists: { en: 'exists already: {what}', ja: 'すでに存在します: {what}' },
  'weak-password': { en: 'weak password: {what}', ja: 'パスワードが弱すぎます: {what}' },
  'too-many': { en: 'there may be {what} at most', ja: '上限は {what} 件です' },
  'in-use': { en: 'in use: {what}', ja: '使用中です: {what}' },
  'over-quota': { en: 'over its quota: {what}', ja: '容量上限を超えます: {what}' },
  'too-big': { en: 'too big, limit {what} octets', ja: '大きすぎます (上限 {what} オクテット)' },
  'no-space': { en: 'no space left {what}', ja: '空き容量が足りません {what}' },
  io: { en: 'the disk failed {what}', ja: 'ディスクの異常です {what}' },
  damaged: {
    en: 'the message is damaged on the disk: {what}',
    ja: 'メールがディスク上で破損しています: {what}',
  },
  'read-only': { en: 'the data cannot be written {what}', ja: 'データに書き込めません {what}' },
  'out-of-resources': {
    en: 'out of memory or file descriptors {what}',
    ja: 'メモリーまたはファイル記述子が足りません {what}',
  },
  bug: {
    en: 'the server failed, see its log: {what}',
    ja: 'サーバーの内部エラーです。サーバーのログをご覧ください: {what}',
  },
} satisfies Record<ProblemType, { en: string; ja: string }>;

const PROBLEM_EXIT: Partial<Record<ProblemType, ExitCode>> = {
  'not-found': EXIT.notFound,
  invalid: EXIT.refused,
  exists: EXIT.refused,
  'weak-password': EXIT.refused,
  'too-many': EXIT.refused,
  'in-use': EXIT.refused,
  'over-quota': EXIT.refused,
  'too-big': EXIT.refused,
};

/** Runs one command line; the exit code. */
export async function runCli(
  argv: readonly string[],
  host: CliHost,
  streams: Streams,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const language = languageGiven(argv) ?? languageOf(environment);
  const program = new Command('restante');
  const console = new Console(language, streams, () => program.opts<{ json?: true }>().json === true);
  let connection: ApiClient | null = null;
  const options = (): GlobalOptions => program.opts<GlobalOptions>();
  const cli: Cli = {
    console,
    host,
    options,
    api: async () => (connection ??= await host.connect(options(), language)),
  };
  describe(program, cli, streams, environment);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT.ok;
  } catch (error) {
    return tellFailure(error, console);
  } finally {
    // Cast: the assignment in the closure is beyond what the compiler follows.
    await (connection as ApiClient | null)?.close();
  }
}

/** Gives the program its commands. Also for the page of the reference. */
export function describe(
  program: Command,
  cli: Cli,
  streams: Streams,
  environment: Readonly<Record<string, string | undefined>> = {},
): void {
  const say = speaker(WORDS, cli.console.language);
  program
    .description(say('about'))
    .version(cli.host.version, '-V, --version', say('version'))
    .helpOption('-h, --help', say('help'))
    .helpCommand('help [command]', say('help'))
    .option('-c, --config <file>', say('config'))
    .option('-s, --set <key=value>', say('set'), (one: string, all?: readonly string[]) => [
      ...(all ?? []),
      one,
    ])
    .option('--json', say('json'))
    .option('--lang <language>', say('lang'))
    .addHelpText('after', `\n${say('codes')}`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void streams.out.write(text),
      writeErr: (text) => void streams.err.write(text),
      outputError: () => {}, // `tellFailure` does, in the right language
    })
    .configureHelp({
      styleTitle: (title) => (title in WORDS ? say(title as keyof typeof WORDS) : title),
      styleOptionDescription: (text) => text.replace('(default: ', `(${say('default')}: `),
      sortSubcommands: false,
      showGlobalOptions: false,
    })
    .showSuggestionAfterError();
  settingsCommands(program, cli);
  accountCommands(program, cli);
  domainCommands(program, cli);
  aliasCommands(program, cli);
  quotaCommands(program, cli);
  storageCommands(program, cli);
  mailCommands(program, cli);
  queueCommands(program, cli);
  traceCommand(program, cli);
  tlsCommands(program, cli);
  referenceCommands(program, cli, { streams, environment });
  const helped = (command: Command): void => {
    command.helpOption('-h, --help', say('help'));
    if (command.commands.length > 0) command.helpCommand('help [command]', say('help'));
    for (const below of command.commands) helped(below);
  };
  for (const group of program.commands) helped(group);
}

/** Needed before the options are read: help and errors are in it. */
function languageGiven(argv: readonly string[]): Language | null {
  const at = argv.indexOf('--lang');
  const given = at >= 0 ? argv[at + 1] : argv.find((one) => one.startsWith('--lang='))?.slice(7);
  return given === 'ja' || given === 'en' ? given : null;
}

function tellFailure(error: unknown, console: Console): number {
  const say = speaker(WORDS, console.language);
  const { code, type, message } = failureOf(error, console.language);
  if (message === '') return code;
  if (console.json) console.note(JSON.stringify({ error: { type, message } }));
  else for (const line of message.split('\n')) console.note(say('error', { message: line }));
  return code;
}

function failureOf(error: unknown, language: Language): { code: number; type: string; message: string } {
  if (error instanceof CliFailure) return { code: error.exitCode, type: error.type, message: error.message };
  if (error instanceof ApiProblem) {
    const { type, what } = error.problem;
    const message = speaker(PROBLEMS, language)(type, { what }).trim();
    return { code: PROBLEM_EXIT[type] ?? EXIT.failure, type, message };
  }
  if (error instanceof CommanderError) return ofCommander(error, language);
  const message = error instanceof Error ? error.message : String(error);
  return { code: EXIT.failure, type: 'failure', message };
}

function ofCommander(
  error: CommanderError,
  language: Language,
): { code: number; type: string; message: string } {
  // Help and version are no failures; they have been printed.
  if (error.exitCode === 0) return { code: EXIT.ok, type: 'help', message: '' };
  if (error.code === 'commander.help') return { code: EXIT.usage, type: 'usage', message: '' };
  const words: Readonly<Record<string, keyof typeof WORDS>> = {
    'commander.unknownOption': 'unknownOption',
    'commander.unknownCommand': 'unknownCommand',
    'commander.invalidArgument': 'invalidArgument',
    'commander.missingArgument': 'missing',
    'commander.optionMissingArgument': 'missing',
    'commander.missingMandatoryOptionValue': 'missing',
    'commander.excessArguments': 'excess',
  };
  const original = error.message.replace(/^error: /, '');
  const word = words[error.code];
  const message =
    word === undefined ? original : speaker(WORDS, language)(word, blanksOf(original, language));
  return { code: EXIT.usage, type: 'usage', message };
}

/** Commander speaks English only: what its sentences name is taken out of them, for other languages. */
function blanksOf(message: string, language: Language): Readonly<Record<string, string>> {
  const [what = '', value = ''] = [...message.matchAll(/'([^']*)'/g)].map(([, quoted = '']) => quoted);
  const near = /\(Did you mean (?:one of )?(.+)\?\)$/.exec(message)?.[1];
  const hint = near === undefined ? '' : speaker(WORDS, language)('near', { near });
  const [, reason = ''] = / is invalid\. (.*)$/s.exec(message) ?? [];
  return { message, what, value, hint, reason };
}
