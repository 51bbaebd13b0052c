/** The control socket: where the running server listens for the command line, and how the command line finds it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { listenHttp } from '../http/listen.ts';
import type { Fetching } from '../http/on-first-request.ts';
import type { HttpListener } from '../http/listen.ts';
import { systemErrorCode } from '../world/system-error.ts';

/** Linux takes 107 octets, others fewer. */
const SOCKET_PATH_MAX = 100;
/** A server that is busy answers late; one that hangs does not. */
const ANSWER_MS = 5000;

export interface ControlPlace {
  readonly data: string;
  readonly socket: string;
}

/** The control socket cannot be where it should be. */
export class ControlFailure extends Error {
  override name = 'ControlFailure';
}

/** Where else it may be, when its own path is too long. */
const TEMPORARY = [tmpdir(), '/tmp'] as const;

/** Call it only with the lock of the data held: whatever socket is there is left over from a server that died. */
export async function listenControl(app: Fetching, place: ControlPlace): Promise<HttpListener> {
  removeLeftOver(place);
  const folder = fits(place.socket) ? null : temporaryFolder(place);
  const socket = folder === null ? place.socket : join(folder, 'control.sock');
  const removeAll = (): void => {
    removeLeftOver(place);
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  };
  try {
    const listener = await listenHttp(app, { socket });
    writeFileSync(noteOf(place), JSON.stringify({ socket, pid: process.pid }), { mode: 0o600 });
    return {
      port: 0,
      async stop(graceMs) {
        await listener.stop(graceMs);
        removeAll();
      },
    };
  } catch (error) {
    removeAll();
    if (systemErrorCode(error) === null || !(error instanceof Error)) throw error;
    throw new ControlFailure(error.message, { cause: error });
  }
}

function fits(socket: string): boolean {
  return Buffer.byteLength(socket) <= SOCKET_PATH_MAX;
}

/** A folder of our own, with a name nobody can foresee: in the temporary folder others may write, too. */
function temporaryFolder({ socket }: ControlPlace): string {
  let cause: unknown;
  for (const folder of TEMPORARY) {
    const beginning = join(folder, 'restante-');
    if (!fits(`${beginning}XXXXXX/control.sock`)) continue;
    try {
      return mkdtempSync(beginning);
    } catch (error) {
      if (systemErrorCode(error) === null) throw error;
      cause = error;
    }
  }
  throw new ControlFailure(
    `${socket} (${Buffer.byteLength(socket)} octets; at most ${SOCKET_PATH_MAX})`,
    cause === undefined ? undefined : { cause },
  );
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
    if (!fits(socketPath)) return resolve(false);
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
