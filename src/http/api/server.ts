/** The server itself: status, settings, room. */
import { ok } from '../../base/result.ts';
import type { Answer } from '../contract.ts';
import type { Management } from '../management.ts';
import type { Handlers } from './handlers.ts';
import { certificateConcerns } from './tls.ts';

type Here = 'status' | 'settings' | 'storage' | 'releaseBallast' | 'forceLevel' | 'compact';

export function serverHandlers(management: Management): Handlers<Here> {
  const { store, space, spaceControl, server, log } = management;
  return {
    status: async () => {
      const { running, version, hostname, pid, startedAt } = server;
      return ok({
        running,
        version,
        hostname,
        pid,
        startedAt,
        listeners: [...server.listeners()],
        level: space.level,
        usableOctets: space.usable(),
        heldOctets: space.held,
        certificates: certificateConcerns(server.tls),
        ...server.counts(),
        figures: await store.figures(),
      });
    },
    settings: async () => ok({ settings: [...management.settings] }),
    storage: async () => ok(await storageOf(management)),
    releaseBallast: async () => {
      const releasedOctets = await spaceControl.ballast.release();
      log.warn('ballast-released', { octets: releasedOctets });
      return ok({ releasedOctets });
    },
    forceLevel: async ({ body }) => {
      spaceControl.force(body.level);
      log.warn('level-forced', { level: body.level });
      return ok(await storageOf(management));
    },
    compact: async () => ok({ releasedOctets: await store.compact() }),
  };
}

async function storageOf({ store, space, spaceControl }: Management): Promise<Answer<'storage'>> {
  const { volumes, ...status } = spaceControl.status();
  return {
    ...status,
    usableOctets: space.usable(),
    volumes: [...volumes],
    ballastOctets: spaceControl.ballast.octets,
    ballastWanted: spaceControl.ballast.wanted,
    figures: await store.figures(),
  };
}
