/** docs/reference/commands.md: the help of every command, in one language. */
import { Command } from 'commander';
import type { Language, Wording } from '../../src/base/language.ts';
import { Console } from '../../src/cli/console.ts';
import { describe } from '../../src/cli/program.ts';

const WORDS = {
  title: { en: 'The command line', ja: 'コマンドライン' },
  made: {
    en: 'Made by `npm run docs` from `src/cli/`. Do not edit.',
    ja: '`npm run docs` が `src/cli/` から生成します。直接編集しないでください。',
  },
  intro: {
    en: 'The options of `restante` itself may stand before or after any command. The commands speak to the running server over its control socket; while it is stopped they open the data themselves.',
    ja: '`restante` 自身のオプションは、どのコマンドの前後にも書けます。各コマンドは制御ソケットを通じて稼働中のサーバーと通信し、停止中はデータを直接開きます。',
  },
} as const satisfies Record<string, Wording>;

const WIDTH = 110;

export function commandsIn(language: Language): string {
  const program = new Command('restante');
  const streams = { out: process.stdout, err: process.stderr, in: process.stdin };
  const host = { connect: lent, serve: lent, settings: lent, probeTls: lent, now: lent, version: '' };
  const console = new Console(language, streams, () => false);
  describe(program, { console, host, options: () => ({}), api: lent }, streams);
  program.configureHelp({ ...program.configureHelp(), helpWidth: WIDTH });
  const { title, made, intro } = WORDS;
  return [
    `# ${title[language]}\n\n${made[language]}\n\n${intro[language]}\n`,
    ...all(program, []).map(({ path, command }) => {
      command.configureHelp({ ...program.configureHelp(), helpWidth: WIDTH });
      return `## ${path.join(' ')}\n\n\`\`\`text\n${textOf(command)}\n\`\`\`\n`;
    }),
  ].join('\n');
}

/** Groups, and below them their commands; not the help, which everyone knows. */
function all(
  command: Command,
  above: readonly string[],
): readonly { path: readonly string[]; command: Command }[] {
  const path = [...above, command.name()];
  return [{ path, command }, ...command.commands.flatMap((one) => all(one, path))];
}

/** With what is added after it: the exit codes. */
function textOf(command: Command): string {
  let text = '';
  command.configureOutput({ ...command.configureOutput(), writeOut: (part) => (text += part) });
  command.outputHelp();
  return text.trimEnd();
}

function lent(): never {
  throw new Error('the help asks nobody');
}
