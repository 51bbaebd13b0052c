/** The management API as a Hono application: it serves the control socket, and the command line in-process while the server is stopped. */
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Hook, z } from '@hono/zod-openapi';
import type { Context, Env } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { stream } from 'hono/streaming';
import type { Result } from '../base/result.ts';
import { accountHandlers } from './api/accounts.ts';
import type { Handlers } from './api/handlers.ts';
import { importMessage, messageHandlers, readMessage, removeMessages } from './api/messages.ts';
import { passwordHandlers } from './api/passwords.ts';
import { queueHandlers } from './api/queue.ts';
import { serverHandlers } from './api/server.ts';
import { tlsHandlers } from './api/tls.ts';
import { CONTRACT, importQuery, messageQuery } from './contract.ts';
import { BASE, ENDPOINTS, PROBLEM_STATUS, STREAMS } from './endpoints.ts';
import type { Endpoint, Problem } from './endpoints.ts';
import type { Management } from './management.ts';

/** Octets of a JSON body. */
const JSON_MAX = 1024 * 1024;

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export function managementApp(management: Management): OpenAPIHono {
  const app = new OpenAPIHono({ defaultHook: refuseInvalid });
  const handlers: Handlers = {
    ...serverHandlers(management),
    ...accountHandlers(management),
    ...passwordHandlers(management),
    ...messageHandlers(management),
    ...tlsHandlers(management),
    ...queueHandlers(management),
  };
  app.onError((error, c) => {
    management.log.error('api-failed', { path: c.req.path, error: error.stack ?? error.message });
    return problem(c, { type: 'bug', what: error.message });
  });
  app.notFound((c) => problem(c, { type: 'not-found', what: c.req.path }));
  const limited = bodyLimit({
    maxSize: JSON_MAX,
    onError: (c) => problem(c, { type: 'too-big', what: `${JSON_MAX}` }),
  });
  for (const endpoint of Object.keys(ENDPOINTS) as Endpoint[]) serve(app, endpoint, handlers, limited);
  serveStreams(app, management);
  app.doc31(`${BASE}/openapi.json`, {
    openapi: '3.1.0',
    info: { title: 'Restante', version: management.server.version },
  });
  return app;
}

function serve(
  app: OpenAPIHono,
  endpoint: Endpoint,
  handlers: Handlers,
  limited: ReturnType<typeof bodyLimit>,
): void {
  const [method = '', path = ''] = ENDPOINTS[endpoint].split(' ');
  const { about, answer, params, query, body }: Shape = CONTRACT[endpoint];
  const route = createRoute({
    method: method.toLowerCase() as Method,
    path: `${BASE}${path}`,
    summary: about,
    operationId: endpoint,
    middleware: [limited] as const,
    request: {
      ...(params === undefined ? {} : { params: params as z.ZodObject }),
      ...(query === undefined ? {} : { query: query as z.ZodObject }),
      ...(body === undefined
        ? {}
        : { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: { 200: { description: about, content: { 'application/json': { schema: answer } } } },
  });
  // The table and the handlers have one type; that each key meets its own handler is beyond what a loop can say.
  const handle = handlers[endpoint] as (input: unknown) => Promise<Result<object, Problem>>;
  app.openapi(route, async (c) => {
    const given = (part: 'param' | 'query' | 'json'): unknown => c.req.valid(part as never);
    const result = await handle({ params: given('param'), query: given('query'), body: given('json') });
    return (result.ok ? c.json(result.value) : problem(c, result.failure)) as never;
  });
}

interface Shape {
  readonly about: string;
  readonly answer: z.ZodType;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
}

/** In Hono's own form of a path. */
function at(endpoint: keyof typeof STREAMS): string {
  return `${BASE}${STREAMS[endpoint].split(' ')[1] ?? ''}`.replaceAll(/\{(\w+)\}/g, ':$1');
}

function serveStreams(app: OpenAPIHono, management: Management): void {
  app.get(at('readMessage'), async (c) => {
    const uid = Number(c.req.param('uid'));
    if (!Number.isSafeInteger(uid)) return problem(c, { type: 'invalid', what: 'uid' });
    const text = await readMessage(management, { address: c.req.param('address') ?? '', uid });
    if (!text.ok) return problem(c, text.failure);
    c.header('Content-Type', 'message/rfc822');
    return stream(c, async (out) => {
      for await (const chunk of text.value) await out.write(chunk);
    });
  });

  app.post(at('importMessage'), async (c) => {
    const query = importQuery.safeParse(c.req.query());
    if (!query.success) return problem(c, invalid(query.error));
    const body = c.req.raw.body;
    if (body === null) return problem(c, { type: 'invalid', what: 'no text' });
    const order = { address: c.req.param('address') ?? '', query: query.data };
    const imported = await importMessage(management, order, body);
    return imported.ok ? c.json(imported.value) : problem(c, imported.failure);
  });

  app.delete(at('removeMessages'), (c) => {
    const query = messageQuery.safeParse(c.req.query());
    if (!query.success) return problem(c, invalid(query.error));
    c.header('Content-Type', 'application/x-ndjson');
    return stream(c, async (out) => {
      const steps: Promise<unknown>[] = [];
      const result = await removeMessages(management, query.data, (soFar) => {
        steps.push(out.write(`${JSON.stringify(soFar)}\n`));
      });
      await Promise.all(steps);
      const last = result.ok ? { done: true, ...result.value } : { problem: result.failure };
      await out.write(`${JSON.stringify(last)}\n`);
    });
  });
}

const refuseInvalid: Hook<unknown, Env, string, unknown> = (result, c) =>
  result.success ? undefined : problem(c, invalid(result.error));

function invalid(error: {
  readonly issues: readonly { path: readonly PropertyKey[]; message: string }[];
}): Problem {
  const [issue] = error.issues;
  return {
    type: 'invalid',
    what: issue === undefined ? '' : `${issue.path.map(String).join('.')}: ${issue.message}`,
  };
}

function problem(c: Context, { type, what }: Problem): Response {
  return c.json({ problem: { type, what } }, PROBLEM_STATUS[type]);
}
