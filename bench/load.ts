/** The load generator: Postfix's smtp-source, one process, one message after another on each session. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export const SENDER = 'bench@sender.example';
export const RECIPIENT = 'postmaster@localhost';

export interface Load {
  readonly port: number;
  readonly messages: number;
  readonly sessions: number;
  readonly bytes: number;
  /** One message a connection, instead of many. */
  readonly reconnect?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Sends the messages, and returns how many seconds it took; any refusal is an error. */
export async function send(load: Load): Promise<number> {
  const args = ['-4', '-s', `${load.sessions}`, '-m', `${load.messages}`, '-l', `${load.bytes}`];
  if (load.reconnect !== true) args.push('-d'); // -d: do not disconnect
  args.push('-M', 'client.example', '-f', SENDER, '-t', RECIPIENT, `127.0.0.1:${load.port}`);
  const start = performance.now();
  const { stderr } = await promisify(execFile)('smtp-source', args, { signal: load.signal });
  if (stderr !== '') throw new Error(`smtp-source: ${stderr.trim()}`);
  return (performance.now() - start) / 1000;
}
