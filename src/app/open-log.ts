/** The log as the settings want it. */
import type { Language } from '../base/language.ts';
import type { Log } from '../world/log.ts';
import { LogFile } from '../world/log-file.ts';
import { pinoLog } from '../world/pino-log.ts';
import type { LoadedSettings } from './settings.ts';
import { startFailure } from './start-failure.ts';

export async function openLog(
  loaded: LoadedSettings,
  language: Language,
): Promise<{ readonly log: Log; readonly logFile: LogFile }> {
  const { settings } = loaded;
  try {
    const logFile = new LogFile({
      file: settings['log.file'],
      sizeMax: settings['log.sizeMax'],
      files: settings['log.files'],
    });
    return { log: pinoLog(logFile, settings['log.level']), logFile };
  } catch (error) {
    throw startFailure(error, loaded, language);
  }
}
