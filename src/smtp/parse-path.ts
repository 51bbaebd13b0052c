/** Paths of MAIL and RCPT: RFC 5321 §4.1.2. Linear, and nothing is decided about who the mailbox is. */
import { parseDomain } from '../address/domain.ts';
import { parseMailbox, type Mailbox } from '../address/mailbox.ts';
import { octetsOf } from '../address/text.ts';
import type { ForwardPath, ReversePath } from './command.ts';
import { PATH_OCTETS_MAX } from './limits.ts';

/** A path, and where the text goes on behind it; null when there is none. */
export type Parsed<Path> = { readonly path: Path; readonly next: number } | null;

/** `Reverse-path = Path / "<>"`. */
export function parseReversePath(text: string, at: number): Parsed<ReversePath> {
  const next = endOfPath(text, at);
  if (next < 0) return null;
  if (next === at + 2) return { path: null, next };
  const path = parseInside(text.slice(at + 1, next - 1));
  return path === null ? null : { path, next };
}

/** `"<Postmaster>" / Forward-path`; `<Postmaster@domain>` is a mailbox like any other. */
export function parseForwardPath(text: string, at: number): Parsed<ForwardPath> {
  const next = endOfPath(text, at);
  if (next < 0) return null;
  const inside = text.slice(at + 1, next - 1);
  if (inside.length === 10 && inside.toLowerCase() === 'postmaster') return { path: 'postmaster', next };
  const path = parseInside(inside);
  return path === null ? null : { path, next };
}

const ANGLE_OPEN = 0x3c;
const ANGLE_CLOSE = 0x3e;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The place after the `>` that is not in a quoted string or an address literal; -1 when none comes, or too late. */
function endOfPath(text: string, at: number): number {
  if (text.charCodeAt(at) !== ANGLE_OPEN) return -1;
  let closer = ANGLE_CLOSE;
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === closer) {
      if (closer === ANGLE_CLOSE) return octetsOf(text.slice(at, i + 1)) > PATH_OCTETS_MAX ? -1 : i + 1;
      closer = ANGLE_CLOSE;
    } else if (closer === QUOTE) {
      if (code === BACKSLASH) i++;
    } else if (closer === ANGLE_CLOSE) {
      if (code === QUOTE) closer = QUOTE;
      else if (code === BRACKET_OPEN) closer = BRACKET_CLOSE;
    }
  }
  return -1;
}

/** `[ A-d-l ":" ] Mailbox`. RFC 5321 appendix C: a source route is taken, and ignored. */
function parseInside(inside: string): Mailbox | null {
  if (!inside.startsWith('@')) return parseMailbox(inside);
  const colon = inside.indexOf(':');
  if (colon < 0) return null;
  for (const hop of inside.slice(0, colon).split(',')) {
    if (!hop.startsWith('@') || parseDomain(hop.slice(1)) === null) return null;
  }
  return parseMailbox(inside.slice(colon + 1));
}
