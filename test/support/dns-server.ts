/** A DNS server on loopback, UDP and TCP on one port, that says what its zones say, and misbehaves where a zone tells it to. */
import { createSocket } from 'node:dgram';
import type { Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { decode, encode, TRUNCATED_RESPONSE } from 'dns-packet';
import type { DnsPacket, DnsRecord } from 'dns-packet';
import type { SimZone } from '../../src/world/sim/resolver.ts';

const NXDOMAIN = 3;
const SERVFAIL = 2;
const FORMERR = 1;
const TTL = 300;

export interface DnsZone extends Omit<SimZone, 'fault'> {
  /** The name is another name for this one; the records of that one are told, too, when `whole`. */
  readonly cname?: string;
  readonly whole?: boolean;
  /**
   * `forged`: first an answer with another id that names 192.0.2.66, and one to another question, then the right one. `large`: nothing
   * but TC over UDP, the truth over TCP. `cut`: TC over TCP, too. `old`: FORMERR to EDNS. `hung`: the TCP connection says nothing.
   */
  readonly manner?: 'silent' | 'servfail' | 'forged' | 'flood' | 'large' | 'cut' | 'hung' | 'old' | 'garbage';
  /** Only questions of this type are treated so. */
  readonly mannerOf?: 'MX' | 'A' | 'AAAA';
}

export class DnsServer implements AsyncDisposable {
  /** `UDP MX example.org`, in order. */
  readonly asked: string[] = [];
  readonly #zones: Map<string, DnsZone>;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #connections = new Set<Socket>();

  static async start(zones: Readonly<Record<string, DnsZone>>): Promise<DnsServer> {
    const tcp = createServer();
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const udp = createSocket('udp4');
    udp.bind((tcp.address() as AddressInfo).port, '127.0.0.1');
    await once(udp, 'listening');
    return new DnsServer(zones, udp, tcp);
  }

  private constructor(zones: Readonly<Record<string, DnsZone>>, udp: UdpSocket, tcp: Server) {
    this.#zones = new Map(Object.entries(zones));
    this.#udp = udp;
    this.#tcp = tcp;
    udp.on('message', (octets, from) => {
      for (const answer of this.#answers(octets, 'UDP')) udp.send(answer, from.port, from.address);
    });
    tcp.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('data', (octets) => {
        for (const answer of this.#answers(octets.subarray(2), 'TCP'))
          socket.write(Buffer.concat([new Uint8Array([answer.length >> 8, answer.length & 255]), answer]));
      });
    });
  }

  get at(): { readonly address: string; readonly port: number } {
    return { address: '127.0.0.1', port: this.#udp.address().port };
  }

  set(name: string, zone: DnsZone): void {
    this.#zones.set(name, zone);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    await Promise.all([
      new Promise((resolve) => {
        this.#tcp.close(resolve);
      }),
      new Promise<void>((resolve) => {
        this.#udp.close(() => resolve());
      }),
    ]);
  }

  #answers(octets: Buffer, over: 'UDP' | 'TCP'): readonly Uint8Array[] {
    const { id, questions } = decode(octets);
    const [question] = questions;
    if (question === undefined) return [];
    const { type, name } = question;
    this.asked.push(`${over} ${type} ${name}`);
    const zone = this.#zones.get(name);
    const say = (packet: Partial<DnsPacket>): Uint8Array =>
      encode({ id, type: 'response', questions: [question], ...packet });
    const answers = this.#records(name, type);
    const truth = say({ flags: zone === undefined ? NXDOMAIN : 0, answers });
    switch (zone?.mannerOf === undefined || zone.mannerOf === type ? zone?.manner : undefined) {
      case 'silent':
        return [];
      case 'servfail':
        return [say({ flags: SERVFAIL })];
      case 'garbage':
        return [Buffer.concat([octets.subarray(0, 2), Buffer.alloc(40, 0xff)])];
      case 'forged':
        return [
          say({ id: id ^ 1, answers: forgery(name) }),
          say({ questions: [{ type, name: 'other.example' }], answers: forgery(name) }),
          truth,
        ];
      case 'flood':
        return Array.from({ length: 80 }, () => say({ id: id ^ 1, answers: forgery(name) }));
      case 'large':
        return [over === 'UDP' ? say({ flags: TRUNCATED_RESPONSE, answers: [] }) : truth];
      case 'cut':
        return [say({ flags: TRUNCATED_RESPONSE })];
      case 'hung':
        return over === 'UDP' ? [say({ flags: TRUNCATED_RESPONSE })] : [];
      case 'old': // ARCOUNT, the last field of the header, counts the OPT record.
        return [octets.readUInt16BE(10) > 0 ? say({ flags: FORMERR }) : truth];
      case undefined:
        return [truth];
    }
  }

  #records(name: string, type: string): readonly DnsRecord[] {
    const zone = this.#zones.get(name);
    if (zone === undefined) return [];
    const { ttl = TTL, cname, whole = false } = zone;
    if (cname !== undefined) {
      const rest = whole ? this.#records(cname, type) : [];
      return [{ type: 'CNAME', name, ttl, data: cname }, ...rest];
    }
    if (type === 'MX')
      return (zone.mx ?? []).map(([preference, exchange]) => ({
        type,
        name,
        ttl,
        data: { preference, exchange },
      }));
    if (type === 'A') return (zone.a ?? []).map((data) => ({ type, name, ttl, data }));
    return type === 'AAAA' ? (zone.aaaa ?? []).map((data) => ({ type, name, ttl, data })) : [];
  }
}

function forgery(name: string): readonly DnsRecord[] {
  return [{ type: 'A', name, ttl: TTL, data: '192.0.2.66' }];
}
