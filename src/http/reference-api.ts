/** The reference as JSON for programs: no key, no state, nothing kept of what is asked. */
import { createRoute, z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Language } from '../base/language.ts';
import { jsonOf } from '../reference/json.ts';
import { decodedFacts } from '../reference/pages/decode-page.ts';
import { unknownPage } from '../reference/pages/unknown-page.ts';
import { isRedirect, pageAt } from '../reference/site.ts';
import { CATALOGUE } from '../replies/catalogue.ts';
import { DECODE_INPUT_MAX } from '../replies/decode/source.ts';
import { BASE } from './endpoints.ts';
import { Answer } from './reference-answers.ts';
import * as contract from './reference-contract.ts';
import { isLanguage, preferredLanguage } from './reference-negotiation.ts';
import { send } from './reference-send.ts';
import { hitsFor, pastedIn } from './reference-tools.ts';

const CACHE = 'public, max-age=600';

interface Asked {
  readonly language: Language;
  readonly param: (name: string) => string;
  readonly query: (name: string) => string;
}

interface Route {
  readonly path: string;
  readonly about: string;
  readonly answer: z.ZodType;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly say: (asked: Asked) => Said;
}

interface Said {
  readonly value: object;
  readonly status: 200 | 404;
}

const { codeParam, statusParam, languageQuery } = contract;

// prettier-ignore
const ROUTES: readonly Route[] = [
  { path: '/codes', about: 'All codes, each with its name and gist', answer: contract.codesAnswer, say: ({ language }) => page('/smtp', language) },
  { path: '/codes/{code}', about: 'What a reply code means', params: z.object({ code: codeParam }), answer: contract.codeAnswer,
    say: ({ param, language }) => ofKind(['code'], param('code'), language) },
  { path: '/codes/{code}/{status}', about: 'What two codes mean together', params: z.object({ code: codeParam, status: statusParam }), answer: contract.combinationAnswer,
    say: ({ param, language }) => page(`/smtp/${param('code')}/${param('status')}`, language) },
  { path: '/enhanced/{status}', about: 'What an enhanced status code means', params: z.object({ status: statusParam }), answer: contract.enhancedAnswer,
    say: ({ param, language }) => ofKind(['enhanced', 'family'], param('status'), language) },
  { path: '/compare/{a}/{b}', about: 'Two codes, aspect by aspect', params: z.object({ a: codeParam, b: codeParam }), answer: contract.comparisonAnswer,
    say: ({ param, language }) => page(`/smtp/compare/${param('a')}-vs-${param('b')}`, language) },
  { path: '/search', about: 'Codes by number, name, provider or word', query: contract.searchQuery, answer: contract.searchAnswer,
    say: ({ query, language }) => found(query('q'), language) },
  { path: '/catalogue.json', about: 'The whole catalogue', answer: contract.catalogueAnswer, say: () => ({ value: CATALOGUE, status: 200 }) },
];

export function mountApi(app: OpenAPIHono, { version }: { readonly version: string }): void {
  for (const route of ROUTES) mount(app, route);
  mountDecoder(app);
  app.doc31(`${BASE}/openapi.json`, (c) => ({
    openapi: '3.1.0',
    info: { title: 'SMTP reply codes', version, license: { name: 'MIT' } },
    servers: [{ url: new URL(c.req.url).origin }],
  }));
  app.get(`${BASE}/*`, (c) => c.json({ problem: { type: 'not-found', what: c.req.path } }, 404));
}

function mount(app: OpenAPIHono, { path, about, answer, params, query, say }: Route): void {
  const route = createRoute({
    method: 'get',
    path: `${BASE}${path}`,
    summary: about,
    operationId: path
      .slice(1)
      .replaceAll(/[^a-z]+(.)?/gi, (_, next: string | undefined) => (next ?? '').toUpperCase()),
    request: { query: query ?? languageQuery, ...(params === undefined ? {} : { params }) },
    responses: {
      200: { description: about, content: { 'application/json': { schema: answer } } },
      304: { description: 'As you know it' },
      ...(params === undefined
        ? {}
        : {
            404: {
              description: 'No such code',
              content: { 'application/json': { schema: contract.unknownAnswer } },
            },
          }),
    },
  });
  app.openapi(route, (c) => {
    const language = languageFor(c);
    const { value, status } = say({
      language,
      param: (name) => c.req.param(name) ?? '',
      query: (name) => c.req.query(name) ?? '',
    });
    return answerWith(c, new Answer(JSON.stringify(value), 'application/json', status), language);
  });
}

function answerWith(c: Context, answer: Answer, language: Language): Response {
  c.header('Cache-Control', answer.status === 200 ? CACHE : 'no-cache');
  c.header('Content-Language', language);
  c.header('Vary', 'Accept-Language');
  c.header('Access-Control-Allow-Origin', '*');
  return send(c, answer);
}

function languageFor(c: Context): Language {
  const said = c.req.query('lang');
  return isLanguage(said) ? said : preferredLanguage(c.req.header('Accept-Language'));
}

/** One hop: the API answers where a page would lead on. */
function page(path: string, language: Language): Said {
  const first = pageAt(path.toLowerCase(), language);
  const then = first !== null && isRedirect(first) ? pageAt(first.redirect, language) : first;
  const last = then === null || isRedirect(then) ? unknownPage('', language) : then;
  return { value: jsonOf(last), status: last.found ? 200 : 404 };
}

/** No enhanced code among the reply codes, nor `decode`. */
function ofKind(kinds: readonly string[], code: string, language: Language): Said {
  const said = page(`/smtp/${code}`, language);
  const isMeant = 'kind' in said.value && kinds.includes(String(said.value.kind));
  if (isMeant || said.status === 404) return said;
  return { value: jsonOf(unknownPage('', language)), status: 404 };
}

function found(query: string, language: Language): Said {
  const hits = hitsFor(query).map(({ code, path, name, gist, isExact }) => ({
    code,
    name: name[language],
    gist: gist[language],
    page: path,
    isExact,
  }));
  return { value: { query, hits }, status: 200 };
}

function mountDecoder(app: OpenAPIHono): void {
  const problem = { content: { 'application/json': { schema: contract.problemAnswer } } };
  const text = { schema: contract.pastedText };
  const route = createRoute({
    method: 'post',
    path: `${BASE}/decode`,
    summary: 'What a reply, a line of a log, or a bounce message says; up to 256 KiB; nothing of it is kept',
    operationId: 'decode',
    request: { query: languageQuery },
    responses: {
      200: {
        description: 'A verdict for each recipient',
        content: { 'application/json': { schema: contract.decodeAnswer } },
      },
      400: { description: 'Neither text nor a JSON object with "text"', ...problem },
      413: { description: 'More than 256 KiB', ...problem },
    },
  });
  // The body is described here but read by hand: up to its limit, whatever its type.
  const content = {
    'text/plain': text,
    'message/rfc822': text,
    'application/json': { schema: contract.decodeBody },
  };
  app.openAPIRegistry.registerPath({
    ...route,
    request: { ...route.request, body: { required: true, content } },
  });
  app.post(`${BASE}/decode`, async (c) => {
    c.header('Cache-Control', 'no-store');
    const pasted = await pastedIn(c.req.raw);
    switch (pasted.kind) {
      case 'too-big':
        return c.json({ problem: { type: 'too-big', what: `${DECODE_INPUT_MAX}` } }, 413);
      case 'invalid':
        return c.json({ problem: { type: 'invalid', what: pasted.what } }, 400);
      case 'text':
        return c.json(decodedFacts(pasted.decoded, languageFor(c)));
    }
  });
}
