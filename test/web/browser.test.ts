/** The reference in a real browser: for everybody, with the keyboard alone, without JavaScript, from a disk. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { referenceAssets } from '../../src/http/reference-assets.ts';
import { BROWSER, launch, serveReference } from '../support/browser.ts';
import type { Served } from '../support/browser.ts';
import { temporaryFolder } from '../support/folder.ts';
import { missing } from '../support/tools.ts';
import { everyPage, KINDS } from './site.ts';

const skip = missing({ tools: [BROWSER] });
const BOUNCE =
  'Nov 23 10:20:30 mx postfix/smtp[99]: 4bXyZ12345Qw: to=<ann@example.org>, status=deferred (host mx.example.org[192.0.2.1] said: 452 4.2.2 Mailbox full <b>really</b> (in reply to RCPT TO command))';

let browser: Browser;
let served: Served;

before(async () => {
  if (skip !== false) return;
  browser = await launch();
  served = await serveReference();
});

after(async () => {
  if (skip !== false) return;
  await browser.close();
  await served[Symbol.asyncDispose]();
});

/** A page, and all that it asked for and complained of. */
async function open(
  url: string,
  options: BrowserContextOptions = {},
): Promise<
  { readonly page: Page; readonly requests: string[]; readonly complaints: string[] } & AsyncDisposable
> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(url);
  return { page, requests, complaints, [Symbol.asyncDispose]: () => context.close() };
}

const AXE = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** All takes a minute: CI looks at both languages, a developer's machine at one for each theme. */
const IS_ALL = process.env['RESTANTE_TESTS'] === 'all';

for (const [colorScheme, language, other] of [
  ['light', 'en', 'ja'],
  ['dark', 'ja', 'en'],
] as const) {
  test(`axe finds nothing on any kind of page, ${colorScheme}`, { skip }, async () => {
    await using opened = await open(`${served.url}/en/smtp`, { colorScheme, bypassCSP: true });
    const { page } = opened;
    for (const path of KINDS.flatMap((kind) => [
      `/${language}${kind}`,
      ...(IS_ALL ? [`/${other}${kind}`] : []),
    ])) {
      await page.goto(`${served.url}${path}`);
      await page.evaluate(AXE);
      const found = await page.evaluate<string[]>(
        `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html).join(' | ')))`,
      );
      assert.deepEqual(found, [], path);
    }
  });
}

test(
  'no page asks for anything from elsewhere, none breaks its policy, none is wider than a small phone',
  {
    skip,
  },
  async () => {
    await using opened = await open(`${served.url}/ja/smtp`, { viewport: { width: 320, height: 640 } });
    const { page, requests, complaints } = opened;
    for (const [i, path] of KINDS.entries()) {
      const at = `/${i % 2 === 0 ? 'en' : 'ja'}${path}`;
      await page.goto(`${served.url}${at}`);
      const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(over <= 0, `${at}: ${over} pixels`);
    }
    for (const url of requests) assert.ok(url.startsWith(`${served.url}/`), url);
    assert.deepEqual(
      complaints.filter((text) => !text.includes('404')), // a page's own status
      [],
    );
  },
);

test('with the keyboard alone: to the text, to the search, to a page', { skip }, async () => {
  await using opened = await open(`${served.url}/en/smtp/452`);
  const { page } = opened;
  const focused = (): Promise<string> =>
    page.evaluate<string>('document.activeElement.className + " " + document.activeElement.tagName');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'skip A');
  await page.keyboard.press('Enter');
  assert.match(page.url(), /#the-page$/);
  await page.focus('#q-top');
  await page.keyboard.type('mailbox full');
  await page.waitForSelector('.hits a');
  assert.equal(await page.locator('.hits a').first().textContent(), '4.2.2');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.hits a').count(), 0);
  await page.fill('#q-top', '5.1.1');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/en/smtp/5.1.1');
});

test(
  'the decoder reads in the page: nothing that is pasted leaves it, and all is shown as text',
  { skip },
  async () => {
    await using opened = await open(`${served.url}/en/smtp/decode`);
    const { page, requests, complaints } = opened;
    await page.fill('reply-decoder textarea', BOUNCE);
    await page.click('reply-decoder button[type=submit]');
    await page.waitForSelector('.verdict-card');
    assert.match((await page.textContent('.verdicts')) ?? '', /ann@example\.org/);
    assert.match((await page.textContent('.evidence')) ?? '', /<b>really<\/b>/);
    assert.ok((await page.locator('.evidence mark').count()) > 0);
    for (const url of requests) assert.match(url, /\/(?:en\/smtp\/decode|assets\/.*)$/);
    assert.deepEqual(complaints, []);
  },
);

test('a session is copied with one click, and the page says so', { skip }, async () => {
  await using opened = await open(`${served.url}/en/smtp/452`, {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const { page } = opened;
  await page.click('copy-lines button');
  await page.waitForFunction(`document.querySelector('copy-lines [aria-live]').textContent === 'Copied'`);
  const copied = await page.evaluate<string>('navigator.clipboard.readText()');
  assert.match(copied, /^S: 220 .*\n(?:[CS]: .*\n?)+$/);
});

test('without JavaScript the forms go to the server', { skip }, async () => {
  await using opened = await open(`${served.url}/en/smtp/decode`, { javaScriptEnabled: false });
  const { page } = opened;
  await page.fill('reply-decoder textarea', BOUNCE);
  await page.click('reply-decoder button[type=submit]');
  assert.ok((await page.locator('.evidence mark').count()) > 0);
  await page.fill('#q-top', 'mailbox full');
  await page.click('.small button');
  assert.ok((await page.locator('.index a').count()) > 0);
  assert.equal(await page.locator('h1').count(), 1);
});

test('from a disk every page can be read, and the tools step aside', { skip }, async () => {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const assets = referenceAssets();
  const put = async (name: string, content: string): Promise<void> => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  };
  for (const name of assets.names()) await put(`${assets.folder}/${name}`, assets.read(name)?.content ?? '');
  for (const { at, html } of everyPage('file')) await put(at, html);
  await using opened = await open(pathToFileURL(join(folder, 'en/smtp/452.html')).href);
  const { page } = opened;
  assert.notEqual(await page.evaluate('getComputedStyle(document.body).borderTopStyle'), 'none');
  assert.equal(await page.isVisible('.small form'), false);
  await page.click('.languages a');
  assert.match(page.url(), /\/ja\/smtp\/452\.html$/);
  await page.click('.breadcrumb a');
  assert.match(page.url(), /\/ja\/smtp\.html$/);
  assert.equal(await page.isVisible('reply-search form'), false);
  assert.equal(await page.isVisible('reply-search .instead a'), true);
});
