/** All groups of rows, in the order of the table. */
import type { Group } from '../bench.ts';
import { IDLE_GROUP } from './idle.ts';
import { LARGE_GROUP } from './large.ts';
import { LATENCY_GROUP } from './latency.ts';
import { RATE_GROUPS } from './rate.ts';
import { RESTART_GROUP } from './restart.ts';

export const GROUPS: readonly Group[] = [
  ...RATE_GROUPS,
  LATENCY_GROUP,
  LARGE_GROUP,
  IDLE_GROUP,
  RESTART_GROUP,
];

export const LINE_IDS: readonly string[] = GROUPS.flatMap(({ lines }) => lines.map(({ id }) => id));
