/** The control socket: where the running server listens for the command line, and how the command line finds it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { listenHttp } from '../http/listen.ts';
import type { HttpListener } from '../http/listen.ts';
import { systemErrorCode } from '../world/system-error.ts';

/** Linux takes 107 octets, others fewer. */
const SOCKET_PATH_MAX = 100;
/** A server that is busy answers late; one that hangs does not. */
const ANSWER_MS = 5000;

interface Fetching {
  fetch(request: Request): Response | Promise<Response>;
}

export interface ControlPlace {
  readonly data: string;
  readonly socket: string;
}

/** Call it only with the lock of the data held: whatever socket is there is left over from a server that died. */
export async function listenControl(app: Fetching, place: ControlPlace): Promise<HttpListener> {
  removeLeftOver(place);
  const isLong = Buffer.byteLength(place.socket) > SOCKET_PATH_MAX;
  // A folder of our own, with a name nobody can foresee: in the temporary folder others may write, too.
  const socket = isLong ? join(mkdtempSync(join(tmpdir(), 'restante-')), 'control.sock') : place.socket;
  const listener = await listenHttp(app, { socket });
  writeFileSync(noteOf(place), JSON.stringify({ socket, pid: process.pid }), { mode: 0o600 });
  return {
    port: 0,
    async stop(graceMs) {
      await listener.stop(graceMs);
      removeLeftOver(place);
    },
  };
}

/** The socket of a server that answers, or `null`. */
export async function findControl(place: ControlPlace, answerMs = ANSWER_MS): Promise<string | null> {
  const socket = noted(place) ?? place.socket;
  return (await answers(socket, answerMs)) ? socket : null;
}

/** The process that says it serves this data; for messages only. */
export function controlPid(place: ControlPlace): number | null {
  return readNote(place)?.pid ?? null;
}

/** Any answer will do. The kernel takes connections for a server that hangs, so a connection alone says nothing. */
function answers(socketPath: string, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (Buffer.byteLength(socketPath) > SOCKET_PATH_MAX) return resolve(false);
    const probe = request({ socketPath, method: 'HEAD', path: '/', timeout, agent: false }, (answer) => {
      answer.resume();
      resolve(true);
    });
    probe.once('timeout', () => probe.destroy());
    probe.once('error', () => resolve(false));
    probe.once('close', () => resolve(false));
    probe.end();
  });
}

function removeLeftOver(place: ControlPlace): void {
  const socket = noted(place);
  if (socket !== null && socket !== place.socket && /\/restante-[^/]+\/control\.sock$/.test(socket)) {
    rmSync(dirname(socket), { recursive: true, force: true });
  }
  rmSync(place.socket, { force: true });
  rmSync(noteOf(place), { force: true });
}

function noteOf({ data }: ControlPlace): string {
  return join(data, 'control.json');
}

function noted(place: ControlPlace): string | null {
  return readNote(place)?.socket ?? null;
}

function readNote(place: ControlPlace): { readonly socket: string; readonly pid: number } | null {
  try {
    const { socket, pid } = JSON.parse(readFileSync(noteOf(place), 'utf8')) as {
      socket: unknown;
      pid: unknown;
    };
    return typeof socket === 'string' && typeof pid === 'number' ? { socket, pid } : null;
  } catch (error) {
    if (error instanceof SyntaxError || systemErrorCode(error) !== null) return null;
    throw error;
  }
}
