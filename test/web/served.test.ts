/** The reference over HTTP, without a socket: which URL answers with what. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { referenceApp } from '../../src/http/reference-app.ts';
import * as contract from '../../src/http/reference-contract.ts';
import type { Log } from '../../src/world/log.ts';

const said: string[] = [];
const note = (event: string, fields?: object): void =>
  void said.push(`${event} ${JSON.stringify(fields ?? {})}`);
const log: Log = { debug: note, info: note, warn: note, error: note };
const app = referenceApp({ origin: 'https://mail.example.org', version: '1.2.3', log });

async function ask(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return await app.request(path, { headers });
}

async function leadsTo(path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const response = await ask(path, headers);
  return `${response.status} ${response.headers.get('Location')}`;
}

test('a URL without language leads to the one that the browser likes', async () => {
  assert.equal(await leadsTo('/'), '302 /en/smtp');
  assert.equal(
    await leadsTo('/smtp/452', { 'Accept-Language': 'ja-JP,ja;q=0.9,en;q=0.8' }),
    '302 /ja/smtp/452',
  );
  assert.equal(
    await leadsTo('/smtp/452', { 'Accept-Language': 'fr, en;q=0.3, ja;q=0.7' }),
    '302 /ja/smtp/452',
  );
  assert.equal(await leadsTo('/smtp/452', { 'Accept-Language': 'ja;q=0, de' }), '302 /en/smtp/452');
  assert.equal(await leadsTo('/smtp/452?lang=ja'), '302 /ja/smtp/452');
  const response = await ask('/smtp/452');
  assert.match(response.headers.get('Vary') ?? '', /Accept-Language/);
});

test('each page has one spelling, to which the others lead', async () => {
  for (const [from, to] of [
    ['/en/smtp/452/', '/en/smtp/452'],
    ['/EN/SMTP/452', '/en/smtp/452'],
    ['/en/smtp/452.html', '/en/smtp/452'],
    ['/en/smtp/X.2.2', '/en/smtp/x.2.2'],
    ['/ja/smtp/compare/452-vs-214', '/ja/smtp/compare/214-vs-452'],
    ['/ja/smtp/compare/452-vs-452.txt', '/ja/smtp/452.txt'],
    ['/compare/smtp/214-help-message-vs-452-insufficient-storage', '/smtp/compare/214-vs-452'],
    ['/ja/compare/smtp/452-a-vs-214-b', '/ja/smtp/compare/214-vs-452'],
  ] as const)
    assert.equal(await leadsTo(from), `301 ${to}`, from);
});

async function type(path: string, accept?: string): Promise<string> {
  const response = await ask(path, accept === undefined ? {} : { Accept: accept });
  return `${response.status} ${response.headers.get('Content-Type')}`;
}

test('the page, its twins and what the client accepts', async () => {
  assert.equal(await type('/en/smtp/452', '*/*'), '200 text/html; charset=utf-8');
  assert.equal(
    await type('/en/smtp/452', 'text/html,application/xhtml+xml,*/*;q=0.8'),
    '200 text/html; charset=utf-8',
  );
  assert.equal(await type('/en/smtp/452', 'text/plain'), '200 text/plain; charset=utf-8');
  assert.equal(await type('/smtp/452', 'text/plain'), '200 text/plain; charset=utf-8');
  assert.equal(await type('/en/smtp/452', 'application/json'), '200 application/json');
  assert.equal(await type('/en/smtp/4.2.2.txt'), '200 text/plain; charset=utf-8');
  assert.equal(await type('/smtp/452.md'), '200 text/markdown; charset=utf-8');
  assert.equal(await type('/smtp/452.json'), '200 application/json');
  assert.equal(await type('/en/smtp/452.json', 'text/html'), '200 application/json');
});

test('all forms of a page say the same', async () => {
  const [page, text, markdown, json] = await Promise.all(
    ['', '.txt', '.md', '.json'].map(async (twin) => (await ask(`/ja/smtp/452${twin}`)).text()),
  );
  const gist = '今は空きがありません。';
  for (const form of [page, text, markdown, json]) assert.ok(form?.includes(gist));
});

test('an unknown code is a page with content, and 404', async () => {
  const page = await (await ask('/en/smtp/457')).text();
  assert.ok(page.includes('noindex'));
  assert.ok(page.includes('href="/en/smtp/456"') || page.includes('href="/en/smtp/458"')); // the nearest ones
  assert.equal((await ask('/en/smtp/457')).status, 404);
  assert.equal((await ask('/en/smtp/5.3.1')).status, 404); // it should not exist
  assert.equal((await ask('/en/nothing')).status, 404);
  assert.equal((await ask('/en/smtp/%ff%fe')).status, 404);
});

test('a page that is known is not sent again, compressed or not', async () => {
  for (const encoding of ['identity', 'gzip, br']) {
    const first = await ask('/en/smtp/452', { 'Accept-Encoding': encoding });
    const tag = first.headers.get('ETag') ?? '';
    assert.match(tag, /^"[^"]+"$/);
    const again = await ask('/en/smtp/452', {
      'Accept-Encoding': encoding,
      'If-None-Match': `"other", W/${tag}`,
    });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), '');
  }
  const [plain, small] = await Promise.all([
    ask('/en/smtp/452'),
    ask('/en/smtp/452', { 'Accept-Encoding': 'gzip' }),
  ]);
  assert.equal(small.headers.get('Content-Encoding'), 'gzip');
  assert.notEqual(small.headers.get('ETag'), plain.headers.get('ETag'));
  const unzipped = small.body?.pipeThrough(new DecompressionStream('gzip'));
  assert.equal(await new Response(unzipped).text(), await plain.text());
});

test('HEAD answers as GET does, without the page', async () => {
  const head = await app.request('/en/smtp/452', { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(head.headers.get('ETag'), (await ask('/en/smtp/452')).headers.get('ETag'));
  assert.equal(await head.text(), '');
});

test('each answer forbids what its page does not need, and sets no cookie', async () => {
  for (const path of [
    '/en/smtp/452',
    '/en/smtp/457',
    '/api/v1/codes/452',
    '/en/smtp/search?q=full',
    '/robots.txt',
  ]) {
    const { headers } = await ask(path);
    const policy = headers.get('Content-Security-Policy') ?? '';
    for (const part of [
      "default-src 'self'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ])
      assert.ok(policy.includes(part), `${path}: ${part}`);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(headers.get('X-Content-Type-Options'), 'nosniff');
    assert.equal(headers.get('Referrer-Policy'), 'no-referrer');
    assert.equal(headers.get('Set-Cookie'), null);
  }
});

test('the assets of a page are there, for ever under their folder', async () => {
  const page = await (await ask('/en/smtp/452')).text();
  const style = /href="(\/assets\/[^"]+\.css)"/.exec(page)?.[1] ?? '';
  const response = await ask(style);
  assert.equal(response.headers.get('Content-Type'), 'text/css; charset=utf-8');
  assert.match(response.headers.get('Cache-Control') ?? '', /immutable/);
  const older = await ask(style.replace(/assets\/\w+/, 'assets/000000000000'));
  assert.equal(older.headers.get('Cache-Control'), 'no-cache');
  for (const path of [
    '/assets/x/../../../package.json',
    '/assets/x/reference/html/html.ts',
    '/assets/x/%2e%2e/package.json',
  ])
    assert.equal((await ask(path)).status, 404, path);
});

test('the search goes straight to a code, and lists the rest', async () => {
  assert.equal(await leadsTo('/en/smtp/search?q=4.2.2'), '302 /en/smtp/4.2.2');
  const page = await (await ask('/ja/smtp/search?q=%E6%BA%80%E6%9D%AF')).text();
  assert.match(page, /href="\/ja\/smtp\/(?:452|4\.2\.2)"/);
  const hostile = await (await ask('/en/smtp/search?q=%3Cscript%3Ealert(1)%3C/script%3E')).text();
  assert.doesNotMatch(hostile, /<script>alert/);
});

test('the API says what the pages say', async () => {
  for (const [path, schema] of [
    ['/codes', contract.codesAnswer],
    ['/codes/452', contract.codeAnswer],
    ['/codes/452/4.2.2', contract.combinationAnswer],
    ['/enhanced/4.2.2', contract.enhancedAnswer],
    ['/enhanced/x.2.2', contract.enhancedAnswer],
    ['/compare/452/214', contract.comparisonAnswer],
    ['/search?q=full', contract.searchAnswer],
    ['/catalogue.json', contract.catalogueAnswer],
  ] as const) {
    const response = await ask(`/api/v1${path}`);
    assert.equal(response.status, 200, path);
    assert.ok(response.headers.has('ETag'), path);
    const read = schema.safeParse(await response.json());
    assert.ok(read.success, `${path}: ${read.error?.message}`);
  }
  const japanese = (await (await ask('/api/v1/codes/452?lang=ja')).json()) as {
    name: string;
    language: string;
  };
  assert.deepEqual([japanese.language, japanese.name], ['ja', 'システムの空き容量不足']);
  assert.equal((await ask('/api/v1/codes/457')).status, 404);
  assert.equal((await ask('/api/v1/codes/decode')).status, 404);
  assert.equal((await ask('/api/v1/codes/452?lang=fr')).status, 400);
});

test('the OpenAPI document has every endpoint', async () => {
  const document = (await (await ask('/api/v1/openapi.json')).json()) as {
    openapi: string;
    paths: Readonly<Record<string, object>>;
  };
  assert.equal(document.openapi, '3.1.0');
  assert.deepEqual(Object.keys(document.paths).toSorted(), [
    '/api/v1/catalogue.json',
    '/api/v1/codes',
    '/api/v1/codes/{code}',
    '/api/v1/codes/{code}/{status}',
    '/api/v1/compare/{a}/{b}',
    '/api/v1/decode',
    '/api/v1/enhanced/{status}',
    '/api/v1/search',
  ]);
});

const BOUNCE =
  'status=deferred (host mx.example.org said: 452 4.2.2 Mailbox full (in reply to RCPT TO command))';

async function decode(contentType: string, body: string): Promise<Response> {
  return await app.request('/api/v1/decode', {
    method: 'POST',
    headers: { 'Content-Type': contentType },
    body,
  });
}

test('the decoder takes text, a message or JSON, and no more than 256 KiB', async () => {
  for (const [contentType, body] of [
    ['text/plain', BOUNCE],
    ['message/rfc822', BOUNCE],
    ['application/json', JSON.stringify({ text: BOUNCE })],
  ] as const) {
    const response = await decode(contentType, body);
    const decoded = contract.decodeAnswer.parse(await response.json());
    assert.equal(decoded.verdicts[0]?.standing, 'temporary', contentType);
    assert.equal(decoded.verdicts[0]?.code, '452', contentType);
    assert.equal(response.headers.get('Cache-Control'), 'no-store');
  }
  assert.equal((await decode('text/plain', 'x'.repeat(256 * 1024 + 1))).status, 413);
  assert.equal(
    (await decode('application/json', JSON.stringify({ text: 'x'.repeat(256 * 1024 + 1) }))).status,
    413,
  );
  assert.equal((await decode('application/json', '{"text": secret}')).status, 400);
  assert.equal((await decode('application/json', '{"other": 1}')).status, 400);
  assert.doesNotMatch(said.join('\n'), /secret|mx\.example/);
});

test('without JavaScript the server answers the decoder, and shows what was pasted as text', async () => {
  const form = new FormData();
  form.set('text', `${BOUNCE} <b onclick="x">`);
  const response = await app.request('/en/smtp/decode', { method: 'POST', body: form });
  const page = await response.text();
  assert.equal(response.status, 200);
  assert.match(page, /<mark /);
  assert.doesNotMatch(page, /<b onclick/);
  assert.match(page, /&lt;b onclick/);
  form.set('text', 'x'.repeat(300_000));
  assert.equal((await app.request('/en/smtp/decode', { method: 'POST', body: form })).status, 413);
});

test('machines find the pages', async () => {
  const map = await (await ask('/sitemap-en.xml')).text();
  assert.match(map, /<loc>https:\/\/mail\.example\.org\/en\/smtp\/452<\/loc>/);
  assert.match(map, /hreflang="ja" href="https:\/\/mail\.example\.org\/ja\/smtp\/452"/);
  assert.match(await (await ask('/sitemap.xml')).text(), /sitemap-ja\.xml/);
  assert.match(
    await (await ask('/robots.txt')).text(),
    /Sitemap: https:\/\/mail\.example\.org\/sitemap\.xml/,
  );
  assert.match(await (await ask('/llms.txt')).text(), /\/en\/smtp\/452\.md/);
  const page = await (await ask('/ja/smtp/452')).text();
  assert.match(page, /rel="canonical" href="https:\/\/mail\.example\.org\/ja\/smtp\/452"/);
  assert.match(page, /hreflang="x-default" href="https:\/\/mail\.example\.org\/smtp\/452"/);
});
