/** Carries one message to a DNS server and back, over UDP or TCP, within a limit of time. */
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Clock } from './clock.ts';
import type { Heard } from './resolver-message.ts';
import { systemErrorCode } from './system-error.ts';

/** Datagrams that answer another question before somebody is taken to be guessing. */
const FOREIGN_MAX = 64;
const TCP_OCTETS_MAX = 0xffff + 2;

export interface DnsServerAddress {
  readonly address: string;
  readonly port: number;
}

export type Carried = Exclude<Heard, { type: 'foreign' }> | { readonly type: 'timeout' };

export interface Carriage {
  readonly server: DnsServerAddress;
  readonly message: Uint8Array;
  readonly read: (octets: Uint8Array) => Heard;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A connected socket: the kernel drops what others send, and the port is a new one each time. */
export function overUdp(carriage: Carriage, signal: AbortSignal): Promise<Carried> {
  const { server, message, read } = carriage;
  const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
  return bounded(carriage, signal, {
    begin(settle) {
      let foreign = 0;
      socket.on('error', (error) => settle(unreachable(error)));
      socket.on('message', (octets) => {
        const heard = read(octets);
        if (heard.type !== 'foreign') settle(heard);
        else if (++foreign > FOREIGN_MAX)
          settle({ type: 'failure', text: 'many answers to questions that were not asked' });
      });
      socket.on('connect', () => socket.send(message));
      socket.connect(server.port, server.address);
    },
    end() {
      socket.removeAllListeners('connect');
      socket.close();
    },
  });
}

/** RFC 1035 §4.2.2: two octets of length before each message. */
export function overTcp(carriage: Carriage, signal: AbortSignal): Promise<Carried> {
  const { server, message, read } = carriage;
  const socket = connect({ host: server.address, port: server.port });
  return bounded(carriage, signal, {
    begin(settle) {
      const length = new Uint8Array([message.length >> 8, message.length & 255]);
      let octets = Buffer.alloc(0);
      socket.on('error', (error) => settle(unreachable(error)));
      socket.on('close', () => settle({ type: 'failure', text: 'the DNS server closed the connection' }));
      socket.on('data', (chunk) => {
        octets = Buffer.concat([octets, chunk.subarray(0, TCP_OCTETS_MAX - octets.length)]);
        if (octets.length < 2 || octets.length < 2 + octets.readUInt16BE(0)) return;
        const heard = read(octets.subarray(2, 2 + octets.readUInt16BE(0)));
        settle(
          heard.type === 'foreign'
            ? { type: 'failure', text: 'an answer to a question that was not asked' }
            : heard,
        );
      });
      socket.write(Buffer.concat([length, message]));
    },
    end: () => socket.destroy(),
  });
}

function bounded(
  { clock, timeoutMs }: Carriage,
  signal: AbortSignal,
  wire: { readonly begin: (settle: (carried: Carried) => void) => void; readonly end: () => void },
): Promise<Carried> {
  return new Promise((resolve) => {
    let over = false;
    const settle = (carried: Carried): void => {
      if (over) return;
      over = true;
      cancel();
      signal.removeEventListener('abort', stop);
      wire.end();
      resolve(carried);
    };
    const stop = (): void => settle({ type: 'failure', text: 'stopping' });
    const cancel = clock.after(timeoutMs, () => settle({ type: 'timeout' }));
    signal.addEventListener('abort', stop);
    wire.begin(settle);
    if (signal.aborted) stop();
  });
}

function unreachable(error: Error): Carried {
  return {
    type: 'failure',
    text: `the DNS server cannot be reached (${systemErrorCode(error) ?? error.name})`,
  };
}
