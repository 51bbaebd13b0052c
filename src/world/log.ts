/** The log port: one event, one line. `pino-log.ts` is the real one. Never message text, never a secret. */

export type LogFields = Readonly<Record<string, unknown>>;

/** Returns at once, never throws: a line that cannot be written is dropped and counted. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

const PEER_TEXT_MAX = 256;

/**
 * What a peer said, safe to log and to show: cut, and control characters, line separators and marks that turn the direction of text
 * escaped, so that nobody can write a line of our log, or make one read as another.
 */
export function peerText(text: string, max = PEER_TEXT_MAX): string {
  const cut = text.length > max ? `${text.slice(0, max)}…(${text.length})` : text;
  return HARMFUL.test(cut) ? cut.replace(HARMFUL_ALL, escape) : cut;
}

// C0, DEL, C1; soft hyphen; zero-width and bidirectional marks; line separators; halves of surrogates; BOM; tags.
const HARMFUL =
  // oxlint-disable-next-line no-control-regex
  /[\0-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const HARMFUL_ALL = new RegExp(HARMFUL, 'g');

function escape(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** For tests and for commands that log nothing. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {}
