/** The server of this repository, as an operator would start it: durable, with delivery and quota. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { freePort, greeted, start } from '../processes.ts';
import { nothingToDo, type Peer } from './peer.ts';

/** The way in that operators take: it says with which limits of memory Node.js runs. */
const COMMAND = path.join(import.meta.dirname, '..', '..', 'restante');

/** Limits that a load like this meets, as it is meant to; nothing that makes mail safe is changed, and quotas are kept. */
const SETTINGS = [
  'smtp.connectionMax=20000',
  'smtp.connectionMaxPerNetwork=20000',
  'smtp.mailMax=10000000', // the row with one session sends more than the 10,000 of the default
  'quota.mailbox=1000GiB',
];

export const restante: Peer = {
  name: 'restante',
  sessionsMax: null,
  oneProcess: true,
  missing: () => (existsSync(COMMAND) ? null : 'restante is not there'),
  start: async (folder) => {
    const port = await freePort();
    const program = await start({
      file: COMMAND,
      args: ['serve', ...SETTINGS.flatMap((setting) => ['--set', setting])],
      log: path.join(folder, 'restante.log'),
      env: {
        RESTANTE_DATA: path.join(folder, 'data'),
        RESTANTE_SMTP_LISTEN: `127.0.0.1:${port}`,
        RESTANTE_LMTP_LISTEN: 'off',
        RESTANTE_HTTP_LISTEN: 'off',
      },
    });
    await greeted(program, port);
    return { port, pid: program.pid, settled: nothingToDo, empty: nothingToDo, stop: program.stop };
  },
};
