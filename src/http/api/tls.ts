/** TLS: which certificates are served where, and what is wrong with them. */
import { ok } from '../../base/result.ts';
import type { CertificateView } from '../../world/certificate-facts.ts';
import type { Answer } from '../contract.ts';
import type { Management, TlsView } from '../management.ts';
import type { Handlers } from './handlers.ts';

/** Listeners that speak it, and how. */
const SPOKEN: ReadonlyMap<string, 'starttls' | 'implicit'> = new Map([
  ['SMTP', 'starttls'],
  ['SUBMISSION', 'starttls'],
  ['SUBMISSIONS', 'implicit'],
]);

export function tlsHandlers({ server }: Management): Handlers<'tls'> {
  return {
    tls: async () => {
      const { hostname, running, tls } = server;
      return ok({
        hostname,
        running,
        certificates: (await tls.lookAt()).map(answerOf),
        listeners: server.listeners().flatMap(({ protocol, address }) => {
          const how = SPOKEN.get(protocol);
          return how === undefined ? [] : [{ protocol, address, tls: how }];
        }),
        handshakes: handshakesOf(tls),
      });
    },
  };
}

/** Those with something wrong. */
export function certificateConcerns(tls: TlsView): Answer<'status'>['certificates'] {
  return tls
    .view()
    .filter(({ warnings, fault }) => warnings.length > 0 || fault !== null)
    .map(({ certificate, warnings, fault }) => ({ certificate, warnings: [...warnings], fault }));
}

function answerOf(view: CertificateView): Answer<'tls'>['certificates'][number] {
  const { facts, warnings } = view;
  return {
    ...view,
    facts: facts === null ? null : { ...facts, names: [...facts.names] },
    warnings: [...warnings],
  };
}

function handshakesOf({ handshakes }: TlsView): Answer<'tls'>['handshakes'] {
  if (handshakes === null) return null;
  const { done, resumed, failed } = handshakes;
  return { done, resumed, failed };
}
