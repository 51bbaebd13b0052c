/** The management API, typed by its contract. It loads only types of it: the checks are the server's. */
import type { Answer, Imported, ImportQuery, Input, MessageQuery } from '../http/contract.ts';
import { BASE, ENDPOINTS, STREAMS } from '../http/endpoints.ts';
import type { Endpoint, Problem } from '../http/endpoints.ts';
import type { Incoming, Transport } from './transport.ts';

/** The server said no. */
export class ApiProblem extends Error {
  override name = 'ApiProblem';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.type}: ${problem.what}`);
    this.problem = problem;
  }
}

export interface RemovedSoFar {
  readonly messages: number;
  readonly octets: number;
}

export type MessageEntry = Answer<'listMessages'>['messages'][number];

interface Parts {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
}

export class ApiClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async call<E extends Endpoint>(
    endpoint: E,
    ...given: keyof Input<E> extends never ? [] : [Input<E>]
  ): Promise<Answer<E>> {
    const input: Parts = given[0] ?? {};
    const [method, path] = pathOf(ENDPOINTS[endpoint], input);
    const body =
      input.body === undefined ? {} : { type: 'application/json', body: JSON.stringify(input.body) };
    const answer = await this.#transport.send({ method, path, ...body });
    return (await json(answer)) as Answer<E>;
  }

  /** Every message, page by page. */
  async *messages(query: MessageQuery): AsyncGenerator<MessageEntry> {
    let after: string | null = null;
    do {
      const page: Answer<'listMessages'> = await this.call('listMessages', {
        query: { ...query, count: 500, ...(after === null ? {} : { after }) },
      });
      yield* page.messages;
      after = page.next;
    } while (after !== null);
  }

  async readMessage(address: string, uid: number): Promise<AsyncIterable<Uint8Array>> {
    const [method, path] = pathOf(STREAMS.readMessage, { params: { address, uid } });
    const answer = await this.#transport.send({ method, path });
    if (answer.status !== 200) await json(answer);
    return answer.body;
  }

  async importMessage(
    address: string,
    query: ImportQuery,
    text: AsyncIterable<Uint8Array>,
  ): Promise<Imported> {
    const [method, path] = pathOf(STREAMS.importMessage, { params: { address }, query });
    const answer = await this.#transport.send({ method, path, type: 'message/rfc822', body: text });
    return (await json(answer)) as Imported;
  }

  async removeMessages(query: MessageQuery, step: (soFar: RemovedSoFar) => void): Promise<RemovedSoFar> {
    const [method, path] = pathOf(STREAMS.removeMessages, { query });
    const answer = await this.#transport.send({ method, path });
    if (answer.status !== 200) await json(answer);
    for await (const line of lines(answer.body)) {
      const news = JSON.parse(line) as RemovedSoFar & { done?: true; problem?: Problem };
      if (news.problem !== undefined) throw new ApiProblem(news.problem);
      if (news.done === true) return { messages: news.messages, octets: news.octets };
      step(news);
    }
    throw new Error('the server broke off');
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}

function pathOf(
  endpoint: string,
  { params = {}, query = {} }: Parts,
): readonly [method: string, path: string] {
  const [method = '', template = ''] = endpoint.split(' ');
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return [method, `${BASE}${path}${search.size === 0 ? '' : `?${search.toString()}`}`];
}

async function json(answer: Incoming): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  const value = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { problem?: Problem };
  if (answer.status === 200) return value;
  throw new ApiProblem(value.problem ?? { type: 'bug', what: `HTTP ${answer.status}` });
}

async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter((line) => line !== '');
  }
}
