/** The addresses of this host, for recipients like `postmaster@[192.0.2.1]`: RFC 5321 §4.1.3. */
import { networkInterfaces } from 'node:os';
import { addressLiteral } from '../address/address-literal.ts';
import type { Domain } from '../address/mailbox.ts';

/** Interfaces come and go. */
const LOOK_AGAIN_MS = 60_000;

let own: ReadonlySet<string> = new Set();
let lookedAt = -LOOK_AGAIN_MS;

/** Does this address literal name the host we run on? All of 127.0.0.0/8 does, and so do the addresses that mean "any". */
export function isOwnLiteral(literal: Domain): boolean {
  if (/^\[(?:127|0)\./.test(literal) || literal === '[IPv6:::]') return true;
  const mapped = /^\[IPv6:::ffff:([\d.]+)\]$/.exec(literal)?.[1];
  if (mapped !== undefined) return isOwnLiteral(`[${mapped}]` as Domain);
  const now = performance.now();
  if (now - lookedAt >= LOOK_AGAIN_MS) {
    own = new Set(
      Object.values(networkInterfaces()).flatMap((each) =>
        (each ?? []).map(({ address }) => addressLiteral(address) ?? ''),
      ),
    );
    lookedAt = now;
  }
  return own.has(literal);
}
