/** A network that is played: hosts that listen, wires that take their time, and faults, all from a seed. */
import type { Clock } from '../clock.ts';
import type { Network, Secured, Wire, WireAddress, WireError, WireEvents } from '../network.ts';
import type { SimRandom } from './random.ts';

/** What a host does on one connection. */
export interface SimService {
  heard(octets: Uint8Array): void;
  /** The client is gone. */
  ended(): void;
}

/** The host's end of a wire. */
export interface SimEnd {
  write(text: string): void;
  end(): void;
  reset(): void;
}

export type SimHost = (end: SimEnd) => SimService;

/** Chances, of 1. */
export interface SimWeather {
  /** One way. */
  readonly latencyMs: number;
  /** A connection is refused, though the host is there. */
  readonly refuses: number;
  /** A connection is never answered. */
  readonly ignores: number;
  /** What is sent, by either side, ends the connection instead of arriving. */
  readonly resets: number;
  /** What is sent never arrives, and nothing after it. */
  readonly stalls: number;
}

export const FAIR_WEATHER: SimWeather = { latencyMs: 20, refuses: 0, ignores: 0, resets: 0, stalls: 0 };

export class SimNetwork implements Network {
  weather: SimWeather = FAIR_WEATHER;
  /** Connections so far. */
  connections = 0;
  readonly #clock: Clock;
  readonly #random: SimRandom;
  readonly #hosts = new Map<string, SimHost>();

  constructor(clock: Clock, random: SimRandom) {
    this.#clock = clock;
    this.#random = random;
  }

  /** `null`: nobody is there any more. */
  serve(at: WireAddress, host: SimHost | null): void {
    if (host === null) this.#hosts.delete(nameOf(at));
    else this.#hosts.set(nameOf(at), host);
  }

  connect(to: WireAddress, events: WireEvents): Wire {
    this.connections++;
    const wire = new SimWire(events, this.#clock, this.#random, () => this.weather);
    const host = this.#hosts.get(nameOf(to));
    if (!this.#happens(this.weather.ignores))
      this.#clock.after(2 * this.weather.latencyMs, () => {
        if (host === undefined) wire.close('unreachable');
        else if (this.#happens(this.weather.refuses)) wire.close('refused');
        else wire.open(host);
      });
    return wire;
  }

  #happens(chance: number): boolean {
    return chance > 0 && this.#random.next() < chance;
  }
}

class SimWire implements Wire {
  readonly ready: Promise<WireError | null>;
  readonly #events: WireEvents;
  readonly #clock: Clock;
  readonly #random: SimRandom;
  readonly #weather: () => SimWeather;
  #settle: (error: WireError | null) => void = () => {};
  #service: SimService | null = null;
  #closed = false;
  /** The client says nothing more. */
  #ended = false;
  #stalled = false;

  constructor(events: WireEvents, clock: Clock, random: SimRandom, weather: () => SimWeather) {
    this.#events = events;
    this.#clock = clock;
    this.#random = random;
    this.#weather = weather;
    this.ready = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  open(host: SimHost): void {
    if (this.#closed) return;
    this.#service = host({
      write: (text) => this.#travel(() => this.#events.heard(new TextEncoder().encode(text))),
      end: () => this.#travel(() => this.close('closed')),
      reset: () => this.#travel(() => this.close('reset')),
    });
    this.#settle(null);
  }

  /** Both ends learn of it. */
  close(error: WireError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#settle(error);
    this.#service?.ended();
    this.#events.closed(error);
  }

  write(what: string | readonly Uint8Array[]): boolean {
    if (this.#closed || this.#ended) return true;
    // The caller may use its memory again.
    const octets = typeof what === 'string' ? new TextEncoder().encode(what) : joined(what);
    this.#travel(() => this.#service?.heard(octets));
    return true;
  }

  secure(): Promise<Secured> {
    return Promise.resolve({ ok: false, text: 'there is no TLS in a played network' });
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#travel(() => this.close('closed'));
  }

  destroy(): void {
    this.close('closed');
  }

  /** Each way keeps its order, for the clock does. */
  #travel(arrive: () => void): void {
    const { latencyMs, resets, stalls } = this.#weather();
    const chance = this.#random.next();
    const breaks = chance < resets;
    if (!breaks && chance < resets + stalls) this.#stalled = true;
    if (this.#stalled) return;
    this.#clock.after(latencyMs, () => {
      if (this.#closed) return;
      if (breaks) this.close('reset');
      else arrive();
    });
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((octets, piece) => octets + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function nameOf({ address, port }: WireAddress): string {
  return `${address} ${port}`;
}
