/** The destinations of a simulated week: what the DNS says of each, and how its hosts behave. */
import type { SimZone } from '../../src/world/sim/resolver.ts';
import { HOUR, type Temper } from './week-peers.ts';

export interface Place {
  readonly domain: string;
  readonly zone: SimZone | null;
  /** From the hour, until the hour. */
  readonly dnsFails?: readonly [from: number, until: number];
  readonly hosts: readonly PlaceHost[];
}

export interface PlaceHost {
  readonly name: string;
  readonly address: string;
  /** Makes a new one, with a memory of its own. */
  readonly temper: () => Temper;
  /** Hours in which nobody is there. */
  readonly away?: readonly (readonly [from: number, until: number])[];
}

const FOR_EVER = 1e9;
const MODERN = ['PIPELINING', '8BITMIME', 'ENHANCEDSTATUSCODES'];
/** Where senders outside live: reports to them must arrive. */
export const HOME = 'home.example';

let lastAddress = 0;

function place(
  name: string,
  temper: () => Temper,
  more: Partial<Pick<Place, 'dnsFails'> & Pick<PlaceHost, 'away'>> = {},
): Place {
  const domain = `${name}.example`;
  const host = `mx.${domain}`;
  const { dnsFails, away } = more;
  return {
    domain,
    zone: { mx: [[10, host]] },
    ...(dnsFails === undefined ? {} : { dnsFails }),
    hosts: [
      { name: host, address: `192.0.2.${++lastAddress}`, temper, ...(away === undefined ? {} : { away }) },
    ],
  };
}

const plain = (): Temper => ({ extensions: MODERN });
const old = (): Temper => ({});

function fullUntil(hour: number, reply: string): () => Temper {
  return () => ({
    extensions: MODERN,
    rcpt: (recipient, _accepted, { now }) =>
      /^[a-f]/.test(recipient) && now < hour * HOUR ? reply : undefined,
  });
}

function greylisting(): Temper {
  const first = new Map<string, number>();
  return {
    extensions: MODERN,
    rcpt: (recipient, _accepted, { now }) => {
      const since = first.get(recipient);
      if (since === undefined) first.set(recipient, now);
      return now - (since ?? now) < HOUR / 6 ? '450 4.7.1 Greylisted, come back in 10 minutes' : undefined;
    },
  };
}

function rateLimiting(): Temper {
  let taken: number[] = [];
  return {
    mail: ({ now }) => {
      taken = taken.filter((at) => now - at < 60_000);
      if (taken.length >= 5) return '450 4.7.1 You send too fast, rate limited';
      taken.push(now);
      return undefined;
    },
  };
}

const busy = (): Temper => ({
  extensions: MODERN,
  greet: ({ random }) => (random.next() < 0.4 ? '421 4.3.2 Too busy, come back later' : undefined),
  mail: ({ random }) => (random.next() < 0.2 ? '421 4.3.2 Going down for a moment' : undefined),
});

const picky = (): Temper => ({
  extensions: MODERN,
  rcpt: (recipient) => (/^[a-h]/.test(recipient) ? '550 5.1.1 No such mailbox' : undefined),
});

const fifty = (): Temper => ({
  extensions: MODERN,
  rcpt: (_recipient, accepted) => (accepted >= 50 ? '452 4.5.3 Too many recipients' : undefined),
});

/** It counts small, and says it in the old way. */
const three = (): Temper => ({
  rcpt: (_recipient, accepted) => (accepted >= 3 ? '452 Too many recipients' : undefined),
});

const lossy = (): Temper => ({ extensions: MODERN, losesReply: ({ random }) => random.next() < 0.3 });

const diskFull = (): Temper => ({
  extensions: MODERN,
  mail: ({ now }) =>
    now > 3 * HOUR && now < 15 * HOUR ? '452 4.3.1 Insufficient system storage' : undefined,
});

const fickle = (): Temper => ({
  refuse: ({ text }, { random }) => {
    if (random.next() < 0.3) return '451 4.3.0 Could not be stored just now';
    return /Subject: m\d*7\r/.test(text) ? '554 5.7.1 We do not like what it says' : undefined;
  },
});

const dropping = (): Temper => ({
  extensions: MODERN,
  mail: ({ random }) => (random.next() < 0.1 ? null : undefined),
  rcpt: (_recipient, _accepted, { random }) => (random.next() < 0.05 ? null : undefined),
  data: ({ random }) => (random.next() < 0.1 ? null : undefined),
  refuse: (_facts, { random }) => (random.next() < 0.1 ? null : undefined),
});

const silent = (): Temper => ({ isSilent: ({ now }) => now < 20 * HOUR });
const never = (): Temper => ({ rcpt: () => '450 4.2.0 Not now' });
const slow = (): Temper => ({ extensions: MODERN, slowMs: 100_000 });
const unsure = (): Temper => ({
  refuse: (_facts, { random }) => (random.next() < 0.2 ? '421 4.3.2 Shutting down' : undefined),
});

export const PLACES: readonly Place[] = [
  place('home', plain),
  place('one', plain),
  place('two', old),
  place('three', three),
  place('full', fullUntil(30, '452 4.2.2 Mailbox full')),
  place('brimful', fullUntil(20, '552 5.2.2 Mailbox full')),
  place('stuffed', fullUntil(FOR_EVER, '452 4.2.2 Over quota')),
  place('grey', greylisting),
  place('rate', rateLimiting),
  place('busy', busy),
  place('down', plain, { away: [[5, 17], [40, 44]] }), // prettier-ignore
  place('dead', plain, { away: [[0, FOR_EVER]] }),
  place('picky', picky),
  place('fifty', fifty),
  place('lossy', lossy),
  place('disk', diskFull),
  place('fickle', fickle),
  place('dropping', dropping),
  place('silent', silent),
  place('never', never),
  place('slow', slow),
  place('unsure', unsure),
  place('dns', plain, { dnsFails: [0, 26] }),
  { domain: 'null.example', zone: { mx: [[0, '.']] }, hosts: [] },
  { domain: 'gone.example', zone: null, hosts: [] },
  {
    domain: 'pair.example',
    zone: { mx: [[10, 'mx1.pair.example'], [20, 'mx2.pair.example']] }, // prettier-ignore
    hosts: [
      { name: 'mx1.pair.example', address: '192.0.2.201', temper: plain, away: [[2, 30], [60, 90]] }, // prettier-ignore
      { name: 'mx2.pair.example', address: '192.0.2.202', temper: busy },
    ],
  },
];
