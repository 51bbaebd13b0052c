/** What the octets of a session are when they are not commands: mail data, a chunk of it, or something to drop. */
import type { Reply } from '../replies/register.ts';
import type { Input } from '../smtp/server-session.ts';
import type { Intake } from './intake.ts';

export type Incoming =
  /** Until the final dot. */
  | { readonly type: 'data'; readonly intake: Intake }
  /** BDAT: until `remaining` octets of `size` have come. */
  | {
      readonly type: 'chunk';
      readonly intake: Intake;
      readonly last: boolean;
      readonly size: number;
      remaining: number;
    }
  /** The octets of a BDAT that is refused; then its answer is given. */
  | { readonly type: 'swallow'; readonly answer: Input | Reply; remaining: number };

/** Takes what of `octets` belongs to it; returns how many. */
export function takeIncoming(incoming: Incoming, octets: Buffer): number {
  if (incoming.type === 'data') return incoming.intake.push(octets);
  const taken = Math.min(incoming.remaining, octets.length);
  incoming.remaining -= taken;
  if (incoming.type === 'chunk') {
    incoming.intake.push(taken === octets.length ? octets : octets.subarray(0, taken));
  }
  return taken;
}

/** All octets that were announced have come. */
export function isWhole(incoming: Incoming): boolean {
  return incoming.type === 'data' ? incoming.intake.ended : incoming.remaining === 0;
}
