/** What HELP STATUS may tell a peer: whether mail is taken now, and the time. No figures of the disk. */
import type { HelpFacts } from '../smtp/help.ts';
import type { ServerContext } from './server-context.ts';

/** `tls` is the version of TLS that the connection has; `null`: none. */
export function helpFacts(context: ServerContext, tls: string | null): HelpFacts {
  return {
    accepting: accepting(context),
    now: `${new Date(context.clock.now()).toISOString().slice(0, 19)}Z`,
    tls,
  };
}

function accepting({ closing, space, rules }: ServerContext): HelpFacts['accepting'] {
  if (closing) return 'closing';
  switch (space.level) {
    case 'green':
    case 'yellow':
      return 'mail';
    case 'red':
      return rules.space.postmasterLane ? 'postmaster' : 'nothing';
    case 'black':
      return 'nothing';
  }
}
