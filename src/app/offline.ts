/** The data of a stopped server, behind the same API: the lock of the store says whether it is stopped. */
import type { Language } from '../base/language.ts';
import type { CliFailure } from '../cli/failure.ts';
import { managementApp } from '../http/management-app.ts';
import { lookAtCertificates } from '../services/certificates.ts';
import { systemClock } from '../world/clock.ts';
import { DiskFailure } from '../world/disk.ts';
import { managementOf, openHouse } from './compose.ts';
import { certificateSettings } from './mail-settings.ts';
import { openLog } from './open-log.ts';
import type { LoadedSettings } from './settings.ts';
import { startFailure } from './start-failure.ts';

export type Offline =
  | {
      readonly type: 'opened';
      readonly app: ReturnType<typeof managementApp>;
      readonly close: () => Promise<void>;
    }
  /** A process has the lock: it may be starting, or ending. */
  | { readonly type: 'locked'; readonly failure: CliFailure };

export async function openOffline(
  loaded: LoadedSettings,
  language: Language,
  version: string,
): Promise<Offline> {
  const { log, logFile } = await openLog(loaded, language);
  try {
    const house = await openHouse(loaded.settings, log);
    const server = {
      running: false,
      version,
      hostname: loaded.settings.hostname,
      pid: process.pid,
      startedAt: systemClock.now(),
      listeners: () => [],
      tryAnew: () => {},
      tls: {
        handshakes: null,
        view: () => [],
        lookAt: () => lookAtCertificates(certificateSettings(loaded.settings), systemClock),
      },
      counts: () => ({ sessionsOpen: 0, messagesKept: 0, refusals: 0 }),
    };
    const close = async (): Promise<void> => {
      await house[Symbol.asyncDispose]();
      logFile.flushSync();
    };
    return { type: 'opened', app: managementApp(managementOf(house, loaded, server, log)), close };
  } catch (error) {
    const failure = startFailure(error, loaded, language);
    if (error instanceof DiskFailure && error.problem === 'in-use') {
      return { type: 'locked', failure: failure as CliFailure };
    }
    throw failure;
  }
}
