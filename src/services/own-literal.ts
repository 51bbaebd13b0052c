/** The addresses of this host, for recipients like `postmaster@[192.0.2.1]`: RFC 5321 §4.1.3. */
import { addressLiteral } from '../address/address-literal.ts';
import type { Domain } from '../address/mailbox.ts';
import { systemClock } from '../world/clock.ts';
import { ownAddresses } from '../world/own-addresses.ts';

const addressesNow = ownAddresses(systemClock);

/** Does this address literal name the host we run on? All of 127.0.0.0/8 does, and so do the addresses that mean "any". */
export function isOwnLiteral(literal: Domain): boolean {
  if (/^\[(?:127|0)\./.test(literal) || literal === '[IPv6:::]') return true;
  const mapped = /^\[IPv6:::ffff:([\d.]+)\]$/.exec(literal)?.[1];
  if (mapped !== undefined) return isOwnLiteral(`[${mapped}]` as Domain);
  return addressesNow().some((address) => addressLiteral(address) === literal);
}
