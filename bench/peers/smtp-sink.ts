/** Postfix's smtp-sink: takes every message and stores none. The limit of what SMTP over loopback can do here. */
import { freePort, greeted, start } from '../processes.ts';
import { onPath } from '../machine.ts';
import { nothingToDo, type Peer } from './peer.ts';
import path from 'node:path';

const CONNECTIONS_MAX = 20_000;
const BACKLOG = 1024;

export const smtpSink: Peer = {
  name: 'smtp-sink',
  sessionsMax: null,
  oneProcess: true,
  missing: () => (onPath('smtp-sink') ? null : 'smtp-sink is not installed: apt-get install postfix'),
  start: async (folder) => {
    const port = await freePort();
    const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    const program = await start({
      file: 'smtp-sink',
      args: ['-4', ...user, '-m', `${CONNECTIONS_MAX}`, `127.0.0.1:${port}`, `${BACKLOG}`],
      log: path.join(folder, 'smtp-sink.log'),
    });
    await greeted(program, port);
    return { port, pid: program.pid, settled: nothingToDo, empty: nothingToDo, stop: program.stop };
  },
};
