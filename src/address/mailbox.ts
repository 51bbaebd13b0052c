/** Mailboxes as RFC 5321 §4.1.2 writes them, and back. */
import type { Brand } from '../base/brand.ts';
import { parseDomainOrLiteral } from './domain.ts';
import { endOfLocalPart, parseLocalPart, writeLocalPart } from './local-part.ts';

/** Unquoted, as it is meant: `a b` for `"a b"`. Compared exactly here; the directory folds case for its own domains. */
export type LocalPart = Brand<string, 'LocalPart'>;
/** A domain in lower case, in A-labels (RFC 5890 §2.3.2.1), or an address literal in brackets, as written by RFC 5321 §4.1.3. */
export type Domain = Brand<string, 'Domain'>;

export interface Mailbox {
  readonly localPart: LocalPart;
  readonly domain: Domain;
}

const AT = 0x40;

/** `Mailbox = Local-part "@" ( Domain / address-literal )`, or null. */
export function parseMailbox(text: string): Mailbox | null {
  const at = endOfLocalPart(text);
  if (at < 0 || text.charCodeAt(at) !== AT) return null;
  const localPart = parseLocalPart(text.slice(0, at));
  if (localPart === null) return null;
  const domain = parseDomainOrLiteral(text.slice(at + 1));
  return domain === null ? null : { localPart, domain };
}

/** Fit for a path and for an address in a header field; its domain in A-labels. */
export function writeMailbox(mailbox: Mailbox): string {
  return `${writeLocalPart(mailbox.localPart)}@${mailbox.domain}`;
}
