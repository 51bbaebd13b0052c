/** Passwords of accounts. What is logged names the account and the application, never the password. */
import type { Management } from '../management.ts';
import { logging } from './handlers.ts';
import type { Handlers } from './handlers.ts';

type Here = 'setPassword' | 'generatePassword' | 'removePassword' | 'addAppPassword' | 'removeAppPassword';

export function passwordHandlers({ store, log }: Management): Handlers<Here> {
  const logged = logging(log);
  return {
    setPassword: async ({ params, body }) =>
      logged('password set', params, store.setPassword(params.address, body.password)),
    generatePassword: async ({ params }) =>
      logged('password set', params, store.generatePassword(params.address)),
    removePassword: async ({ params }) =>
      logged('password removed', params, store.setPassword(params.address, null)),
    addAppPassword: async ({ params: { address }, body: { name } }) =>
      logged('application password added', { address, name }, store.addAppPassword(address, name)),
    removeAppPassword: async ({ params: { address, name } }) =>
      logged('application password removed', { address, name }, store.removeAppPassword(address, name)),
  };
}
