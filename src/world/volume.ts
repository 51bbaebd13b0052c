/** The volume port: how much room a file system has. (Contract; the real one and the simulated one stand beside it.) */
export interface VolumeSample {
  /** Octets in all, and free for us: `bavail`, not `bfree`. */
  readonly size: number;
  readonly available: number;
  /** 0 in all: this file system has no fixed number of inodes. */
  readonly inodes: number;
  readonly inodesAvailable: number;
}

export interface Volume {
  sample(): Promise<VolumeSample>;
}
