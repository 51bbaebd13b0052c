/** What a server under test must offer to be measured; each peer is one file of this folder. */

export const PEER_NAMES = ['restante', 'smtp-sink', 'postfix', 'smtp-server'] as const;
export type PeerName = (typeof PEER_NAMES)[number];

export const PEER_TITLES: Readonly<Record<PeerName, string>> = {
  restante: 'Restante',
  'smtp-sink': 'smtp-sink',
  postfix: 'Postfix',
  'smtp-server': 'smtp-server',
};

/** A running server, with its data below a folder of its own. */
export interface Instance {
  readonly port: number;
  readonly pid: number;
  /** Resolves when everything accepted is delivered: only then is its CPU time complete, and the disk quiet. */
  readonly settled: () => Promise<void>;
  /** Throws away what was stored, where that is cheap, lest the disk fills during a row. */
  readonly empty: () => Promise<void>;
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

export interface Peer {
  readonly name: PeerName;
  /** How many idle sessions it can hold; null: as many as are asked for. */
  readonly sessionsMax: number | null;
  /** Whether it is one process, whose peak of memory the kernel knows. */
  readonly oneProcess: boolean;
  /** What is missing on this machine to run it, or null. */
  readonly missing: () => string | null;
  /** Starts it on the folder, new or with what an earlier start has left, and waits for its greeting. */
  readonly start: (folder: string) => Promise<Instance>;
}

/** For a server that has done everything when it says 250, and whose store need not be emptied. */
export async function nothingToDo(): Promise<void> {}
