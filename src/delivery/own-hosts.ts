/** Which hosts are ourselves, and which are no hosts at all: what a DNS says of others may point at us, on purpose or not. */
import { BlockList, isIPv6 } from 'node:net';
import { addressLiteral } from '../address/address-literal.ts';

const SMTP_PORT = 25;

export interface SelfFacts {
  /** The names we are known by. */
  readonly names: readonly string[];
  /** The addresses of this machine, just now. */
  readonly addresses: () => readonly string[];
  /** Where we listen for mail from other servers, seen from outside. */
  readonly ports: readonly number[];
}

// "This host", and loopback: RFC 5321 §5.1 wants us to find ourselves among the hosts.
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addSubnet('0.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addAddress('::', 'ipv6');

/** Link-local, multicast, broadcast: nobody receives mail there who is found by the DNS. */
const NO_HOST = new BlockList();
NO_HOST.addSubnet('169.254.0.0', 16, 'ipv4');
NO_HOST.addSubnet('224.0.0.0', 3, 'ipv4');
NO_HOST.addSubnet('fe80::', 10, 'ipv6');
NO_HOST.addSubnet('ff00::', 8, 'ipv6');

export function isOwnName(name: string, self: SelfFacts): boolean {
  return self.names.some((own) => own.toLowerCase() === name);
}

/** Loopback at the port of SMTP is always taken for us: whatever else listens there was not meant for strangers. */
export function isOwnAddress(address: string, port: number, self: SelfFacts): boolean {
  const loopback = LOOPBACK.check(address, familyOf(address));
  if (port === SMTP_PORT && loopback) return true;
  if (!self.ports.includes(port)) return false;
  // One address has one spelling only as a literal.
  const literal = addressLiteral(address);
  return loopback || self.addresses().some((own) => addressLiteral(own) === literal);
}

export function isHostAddress(address: string): boolean {
  return !NO_HOST.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
