/** Numbers of repeated runs: medians, percentiles, and how the runs of several peers are interleaved. */

export interface Figure {
  readonly median: number;
  readonly samples: readonly number[];
}

export function figure(samples: readonly number[]): Figure {
  return { median: percentile(samples, 50), samples };
}

/** The nearest-rank percentile; NaN of nothing. */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  if (percent === 50 && sorted.length % 2 === 0) {
    return ((sorted[sorted.length / 2 - 1] ?? NaN) + (sorted[sorted.length / 2] ?? NaN)) / 2;
  }
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}

/** Half the range in per cent of the median: how far to trust it. */
export function spreadPercent({ median, samples }: Figure): number {
  if (samples.length < 2) return 0;
  return ((Math.max(...samples) - Math.min(...samples)) / 2 / median) * 100;
}

/**
 * Runs everyone once per round, and starts each round with another one: what the machine does meanwhile
 * hits all of them alike, and nobody always runs after the same neighbour.
 */
export async function interleave<T>(
  everyone: readonly T[],
  rounds: number,
  run: (one: T, round: number) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < everyone.length; i++) {
      const one = everyone[(i + round) % everyone.length];
      if (one !== undefined) await run(one, round);
    }
  }
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/**
 * Finds how many units of work take about `seconds`: it starts with `first`, and goes on until a run is
 * long enough to tell. These runs are the warm-up.
 */
export async function calibrate(
  run: (count: number) => Promise<number>,
  wanted: { readonly seconds: number; readonly first: number; readonly most: number },
): Promise<number> {
  const clamp = (count: number): number => Math.max(wanted.first, Math.min(wanted.most, Math.round(count)));
  let count = wanted.first;
  for (;;) {
    const took = await run(count);
    if (took >= wanted.seconds / 3 || count >= wanted.most) return clamp((count * wanted.seconds) / took);
    count = clamp(count * Math.max(2, Math.min(10, (wanted.seconds * 0.6) / took)));
  }
}
