/** The shape of the handlers, and how failures of the store become problems of the API. */
import { failed, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import type { ManagementFailure } from '../../store/management.ts';
import type { Log } from '../../world/log.ts';
import type { Answer, Checked } from '../contract.ts';
import type { Endpoint, Problem } from '../endpoints.ts';

/** Values in, a value or a problem out: no handler knows of HTTP. */
export type Handlers<E extends Endpoint = Endpoint> = {
  readonly [One in E]: (input: Checked<One>) => Promise<Result<Answer<One>, Problem>>;
};

export function problemOf(failure: ManagementFailure): Problem {
  return { type: failure.type, what: 'what' in failure ? failure.what : '' };
}

/** What the store says, in the API's words. */
export async function told<T>(order: Promise<Result<T, ManagementFailure>>): Promise<Result<T, Problem>> {
  const result = await order;
  return result.ok ? ok(result.value) : failed(problemOf(result.failure));
}

/** Carries an order out, and logs it when it was. */
export function logging(log: Log) {
  return async <T>(
    what: string,
    fields: object,
    order: Promise<Result<T, ManagementFailure>>,
  ): Promise<Result<T, Problem>> => {
    const result = await told(order);
    if (result.ok) log.info('managed', { what, ...fields });
    return result;
  };
}
