/** npm's smtp-server on our Node, with one synced file per message: what one writes first. */
import { mkdirSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { freePort, greeted, start } from '../processes.ts';
import { nothingToDo, type Peer } from './peer.ts';

const THREADS = 32; // so that many fsyncs run at once

export const smtpServer: Peer = {
  name: 'smtp-server',
  sessionsMax: null,
  oneProcess: true,
  missing: () => {
    try {
      import.meta.resolve('smtp-server');
      return null;
    } catch {
      return 'smtp-server is not installed: npm install';
    }
  },
  start: async (folder) => {
    const port = await freePort();
    const kept = path.join(folder, 'new');
    mkdirSync(kept, { recursive: true });
    mkdirSync(path.join(folder, 'tmp'), { recursive: true });
    const program = await start({
      file: process.execPath,
      args: [path.join(import.meta.dirname, 'smtp-server-child.ts'), folder, `${port}`],
      log: path.join(folder, 'smtp-server.log'),
      env: { UV_THREADPOOL_SIZE: `${THREADS}` },
    });
    await greeted(program, port);
    return {
      port,
      pid: program.pid,
      settled: nothingToDo,
      empty: async () => {
        await Promise.all(readdirSync(kept).map((name) => rm(path.join(kept, name))));
      },
      stop: program.stop,
    };
  },
};
