/** Folders for a test, with short names: a control socket in one may have 107 octets of path. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.ts';

export interface Folder extends Disposable {
  readonly path: string;
}

/** A folder of its own, gone when disposed of. */
export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'rst-'));
  // A server that is being killed may write a file meanwhile.
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  const forget = atExit(remove);
  return {
    path,
    [Symbol.dispose]() {
      forget();
      remove();
    },
  };
}
