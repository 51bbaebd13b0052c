/** Which DNS servers to ask: those of the system, read again now and then, or those of a setting. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { Clock } from './clock.ts';
import type { DnsServerAddress } from './resolver-transport.ts';

const PORT = 53;
/** A machine that moves to another network gets other servers. */
const READ_AGAIN_MS = 60_000;
/** As the system's own resolver has it. */
const SERVERS_MAX = 3;
const LOCAL: DnsServerAddress = { address: '127.0.0.1', port: PORT };

/** `192.0.2.53`, `127.0.0.1:5353`, `2001:db8::53`, `[::1]:5353`. */
export function parseDnsServer(text: string): DnsServerAddress | null {
  if (isIP(text) !== 0) return { address: text, port: PORT };
  const found = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+))(?::(\d{1,5}))?$/i.exec(text);
  const address = found?.[1] ?? found?.[2] ?? '';
  const port = Number(found?.[3] ?? PORT);
  return isIP(address) === (found?.[1] === undefined ? 4 : 6) && port >= 1 && port <= 65535
    ? { address, port }
    : null;
}

export function writeDnsServer({ address, port }: DnsServerAddress): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The lines `nameserver` of resolv.conf; of a file without them, this machine itself. */
export function serversIn(content: string): readonly DnsServerAddress[] {
  const servers: DnsServerAddress[] = [];
  for (const line of content.split('\n')) {
    const address = /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? '';
    // `fe80::1%eth0`: the zone is part of it (RFC 4007 §11).
    if (servers.length < SERVERS_MAX && isIP(address) !== 0) servers.push({ address, port: PORT });
  }
  return servers.length > 0 ? servers : [LOCAL];
}

export function systemServers(clock: Clock, file = '/etc/resolv.conf'): () => readonly DnsServerAddress[] {
  let servers: readonly DnsServerAddress[] = [LOCAL];
  let readAgainAt = -Infinity;
  return () => {
    const now = clock.elapsed();
    if (now < readAgainAt) return servers;
    readAgainAt = now + READ_AGAIN_MS;
    try {
      servers = serversIn(readFileSync(file, 'utf8'));
    } catch {
      // Not there, or being written: what we know stays.
    }
    return servers;
  };
}
