/** What the command line asks of the rest: settings, a way to the data, the server. The heavy parts are loaded when they are needed. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Language } from '../base/language.ts';
import { ApiClient } from '../cli/api-client.ts';
import type { CliHost, GlobalOptions } from '../cli/cli.ts';
import { CliFailure, EXIT } from '../cli/failure.ts';
import { localTransport, socketTransport } from '../cli/transport.ts';
import { systemClock } from '../world/clock.ts';
import { findControl } from './control.ts';
import { loadSettings } from './settings.ts';
import type { LoadedSettings } from './settings.ts';

/** How long a server that is just starting, or stopping, is waited for. */
const WAIT_MS = 5000;
const WAIT_STEP_MS = 100;

export function cliHost(version: string): CliHost {
  return {
    version,
    now: () => systemClock.now(),
    probeTls: async (target) => (await import('../world/tls-probe.ts')).probeTls(target),
    settings: (options, language) => load(options, language).shown,
    connect: (options, language) => connect(load(options, language), language, version),
    serve: (options, language) => serveWith(load(options, language), language, version),
  };
}

function load(options: GlobalOptions, language: Language): LoadedSettings {
  const loaded = loadSettings({
    file: options.config ?? null,
    environment: process.env,
    overrides: options.set ?? [],
    folder: process.cwd(),
    language,
  });
  if (loaded.ok) return loaded.value;
  const lines = loaded.failure.map(({ place, message }) => `${place}: ${message}`);
  throw new CliFailure(EXIT.usage, lines.join('\n'), { type: 'settings' });
}

async function serveWith(loaded: LoadedSettings, language: Language, version: string): Promise<number> {
  const { serve } = await import('./serve.ts');
  const { openLog } = await import('./open-log.ts');
  const { log, logFile } = await openLog(loaded, language);
  try {
    // With the log on standard output, what is said to people goes to the other one.
    const to = loaded.settings['log.file'] === '-' ? process.stderr : process.stdout;
    const say = (text: string): void => void to.write(`${text}\n`);
    return await serve({ loaded, language, log, logFile, version, command: commandLine(loaded), say });
  } finally {
    logFile.flushSync();
  }
}

/** The running server, or the data of one that is stopped. A server on its way up or down is waited for. */
async function connect(loaded: LoadedSettings, language: Language, version: string): Promise<ApiClient> {
  const { settings } = loaded;
  const place = { data: settings.data, socket: settings['control.socket'] };
  const until = systemClock.elapsed() + WAIT_MS;
  for (;;) {
    const socket = await findControl(place);
    if (socket !== null) return new ApiClient(socketTransport(socket));
    if (!existsSync(join(settings.data, 'segments'))) {
      const { noData } = await import('./start-failure.ts');
      throw noData(loaded, language);
    }
    const { openOffline } = await import('./offline.ts');
    const opened = await openOffline(loaded, language, version);
    if (opened.type === 'opened') return new ApiClient(localTransport(opened.app, opened.close));
    if (systemClock.elapsed() > until) throw opened.failure;
    await new Promise((resolve) => setTimeout(resolve, WAIT_STEP_MS));
  }
}

/** As it would be typed in the folder where the server was started. */
function commandLine({ shown }: LoadedSettings): string {
  const data = shown.find(({ key }) => key === 'data');
  const given = data === undefined || data.source === 'default' ? '' : ` --set data=${data.value}`;
  const here = dirname(dirname(import.meta.dirname));
  return here === process.cwd() ? `./restante${given}` : `${here}/restante${given}`;
}
