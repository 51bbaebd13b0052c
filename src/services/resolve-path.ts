/** Who a forward-path or a reverse-path is, as the directory has it: within a limit of time, and whatever it does. */
import type { Mailbox } from '../address/mailbox.ts';
import { parseDomain } from '../address/domain.ts';
import type { Awaitable } from '../base/awaitable.ts';
import type { ForwardPath } from '../smtp/command.ts';
import type { Resolution } from '../store/store.ts';
import { isOwnLiteral } from './own-literal.ts';
import type { ServerContext } from './server-context.ts';

/** Unknown when the directory did not tell. */
export type Resolved = Resolution | { readonly type: 'unknown' };

/** How long the directory may take to say who somebody is. */
const RESOLVE_TIMEOUT_MS = 30_000;

type House = Pick<ServerContext, 'store' | 'clock' | 'log' | 'profile'>;

export function resolvePath(house: House, path: ForwardPath): Awaitable<Resolved> {
  const { directory } = house.store;
  const failed = (error: unknown): Resolved => {
    house.log.error('directory-failed', { error });
    return { type: 'unknown' };
  };
  try {
    if (path !== 'postmaster' && path.domain.startsWith('[') && isOwnLiteral(path.domain)) {
      return resolveHere(house, path);
    }
    const resolution = path === 'postmaster' ? directory.resolvePostmaster() : directory.resolve(path);
    return resolution instanceof Promise ? inTime(house, resolution).catch(failed) : resolution;
  } catch (error) {
    return failed(error);
  }
}

/** `user@[192.0.2.1]`, and that is us (RFC 5321 §4.1.3): whoever has the name at this host; nobody else's mail comes this way. */
function resolveHere(house: House, { localPart }: Mailbox): Awaitable<Resolved> {
  if (localPart.toLowerCase() === 'postmaster') return resolvePath(house, 'postmaster');
  const domain = parseDomain(house.profile.host);
  if (domain === null) return NO_SUCH_MAILBOX;
  const here = resolvePath(house, { localPart, domain });
  const ours = (resolved: Resolved): Resolved =>
    resolved.type === 'no-such-domain' ? NO_SUCH_MAILBOX : resolved;
  return here instanceof Promise ? here.then(ours) : ours(here);
}

const NO_SUCH_MAILBOX: Resolved = { type: 'no-such-mailbox' };

function inTime({ clock }: House, waiting: Promise<Resolution>): Promise<Resolved> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(RESOLVE_TIMEOUT_MS, () => resolve({ type: 'unknown' }));
    waiting.then(resolve, reject).finally(cancel);
  });
}
