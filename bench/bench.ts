/** What each group of rows gets: the peers, how long to measure, where, and whom to tell. */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Line, LinePlan } from './lines.ts';
import type { Instance, Peer, PeerName } from './peers/peer.ts';

export interface Bench {
  readonly peers: readonly Peer[];
  readonly runs: number;
  /** How long one timed run shall take. */
  readonly seconds: number;
  readonly storedMessages: number;
  readonly idleSessions: number;
  readonly idleSeconds: number;
  /** The data folders of all peers lie here. */
  readonly folder: string;
  readonly say: (progress: string) => void;
}

/** Lines that one series of runs yields together. */
export interface Group {
  readonly lines: readonly LinePlan[];
  readonly measure: (bench: Bench) => Promise<readonly Line[]>;
}

export interface Contender extends Instance {
  readonly peer: Peer;
  readonly name: PeerName;
}

/** Starts every peer on a fresh folder, lets them be measured, stops them, and removes what they stored. */
export async function withContenders<T>(
  bench: Bench,
  work: (contenders: readonly Contender[]) => Promise<T>,
): Promise<T> {
  const contenders: Contender[] = [];
  try {
    for (const peer of bench.peers) {
      const instance = await peer.start(freshFolder(bench, peer.name));
      contenders.push({ ...instance, peer, name: peer.name });
    }
    return await work(contenders);
  } finally {
    await Promise.all(contenders.map((contender) => contender.stop('SIGKILL')));
  }
}

export function freshFolder(bench: Bench, name: string): string {
  const folder = path.join(bench.folder, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Samples by peer, as they come in. */
export class Samples {
  readonly #byPeer = new Map<PeerName, number[]>();

  add(name: PeerName, sample: number): void {
    const samples = this.#byPeer.get(name);
    if (samples === undefined) this.#byPeer.set(name, [sample]);
    else samples.push(sample);
  }

  of(name: PeerName): readonly number[] {
    return this.#byPeer.get(name) ?? [];
  }

  get all(): ReadonlyMap<PeerName, readonly number[]> {
    return this.#byPeer;
  }
}
