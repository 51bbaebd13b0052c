/** Domains, accounts, aliases and quotas. */
import { failed, ok } from '../../base/result.ts';
import type { Management } from '../management.ts';
import { logging, told } from './handlers.ts';
import type { Handlers } from './handlers.ts';

type Here =
  | 'listDomains'
  | 'addDomain'
  | 'showDomain'
  | 'setDomain'
  | 'removeDomain'
  | 'listAccounts'
  | 'addAccount'
  | 'showAccount'
  | 'setAccount'
  | 'removeAccount'
  | 'listAliases'
  | 'setAlias'
  | 'removeAlias'
  | 'recount'
  | 'releaseWaiting';

export function accountHandlers({ store, log, newDomainLimits }: Management): Handlers<Here> {
  const logged = logging(log);
  return {
    listDomains: async () => ok({ domains: [...(await store.listDomains())] }),
    addDomain: async ({ body: { name, ...options } }) =>
      logged(
        'domain added',
        { domain: name },
        store.addDomain(name, { limits: newDomainLimits, ...options }),
      ),
    showDomain: async ({ params }) => {
      const name = params.domain.toLowerCase();
      const found = (await store.listDomains()).find((one) => one.name === name);
      return found === undefined ? failed({ type: 'not-found', what: name }) : ok(found);
    },
    setDomain: async ({ params, body }) =>
      logged('domain changed', params, store.setDomain(params.domain, body)),
    removeDomain: async ({ params }) => {
      const removed = await logged('domain removed', params, store.removeDomain(params.domain));
      return removed.ok ? ok({}) : removed;
    },

    listAccounts: async ({ query }) => ok({ accounts: [...(await store.listAccounts(query))] }),
    addAccount: async ({ body: { address, ...options } }) =>
      logged('account added', { address }, store.addAccount(address, options)),
    showAccount: async ({ params }) => told(store.showAccount(params.address)),
    setAccount: async ({ params, body }) =>
      logged('account changed', params, store.setAccount(params.address, body)),
    removeAccount: async ({ params, query }) => {
      const withMail = query.withMail === 'true';
      return logged('account removed', params, store.removeAccount(params.address, { withMail }));
    },

    listAliases: async ({ query }) => {
      const aliases = await store.listAliases(query.domain);
      return ok({ aliases: aliases.map(({ address, members }) => ({ address, members: [...members] })) });
    },
    setAlias: async ({ params, body }) => {
      const set = await logged('alias set', params, store.setAlias(params.address, body.members));
      return set.ok ? ok({ address: set.value.address, members: [...set.value.members] }) : set;
    },
    removeAlias: async ({ params }) => {
      const removed = await logged('alias removed', params, store.removeAlias(params.address));
      return removed.ok ? ok({}) : removed;
    },

    recount: async ({ body }) => {
      const { accounts, mended } = await store.recount(body.address);
      if (mended.length > 0) log.warn('quota-mended', { mended });
      return ok({ accounts, mended: [...mended] });
    },
    releaseWaiting: async ({ body }) => {
      if (body.address === undefined) return ok({ released: await store.releaseWaiting() });
      const account = await told(store.showAccount(body.address));
      return account.ok ? ok({ released: await store.releaseWaiting(account.value.id) }) : account;
    },
  };
}
