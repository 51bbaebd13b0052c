/** `npm run demo`: what this server is for, shown in a minute. Its exit code says whether everything went as told. */
import { inspect, parseArgs } from 'node:util';
import { languageOf } from '../base/language.ts';
import { EXIT } from '../cli/failure.ts';
import { speaker } from '../cli/words.ts';
import { play, SETTINGS } from './demo-acts.ts';
import { DemoServer } from './demo-server.ts';
import { Stage } from './demo-stage.ts';
import { Surprise, WORDS } from './demo-words.ts';

const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: 143, SIGHUP: 129 } as const;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (typeof options === 'number') return options;
  // Whatever the end is, the server is killed and its data removed by what it hangs on `exit`.
  for (const [signal, code] of Object.entries(SIGNALS)) process.on(signal, () => process.exit(code));
  process.stdout.on('error', () => process.exit(EXIT.failure));
  const stage = new Stage(options.language, process.stdout, options.fast);
  try {
    await using server = await DemoServer.start(SETTINGS, stage);
    await play(server, stage);
    return EXIT.ok;
  } catch (error) {
    const what = error instanceof Surprise ? error.message : inspect(error);
    process.stderr.write(`${stage.say('surprise', { act: stage.act, what })}\n`);
    return EXIT.failure;
  }
}

interface Options {
  readonly language: 'en' | 'ja';
  readonly fast: boolean;
}

/** Or the exit code, when there is nothing to be played. */
function optionsOf(argv: readonly string[]): Options | number {
  const own = languageOf(process.env);
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        lang: { type: 'string', default: own },
        fast: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const { lang, fast, help } = values;
    if (lang !== 'en' && lang !== 'ja') throw new TypeError(WORDS.badLanguage[own]);
    if (!help) return { language: lang, fast };
    process.stdout.write(`${speaker(WORDS, lang)('usage')}\n`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`demo: ${error.message}\n`);
    return EXIT.usage;
  }
}
