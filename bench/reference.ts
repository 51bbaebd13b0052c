/**
 * `node bench/reference.ts`: what the reply reference costs: a code, a pair, a bounce, a page, the whole export, and the start of a
 * server. Times of one thread; nothing else should be busy.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { decodeText } from '../src/replies/decode/decode.ts';
import { CATALOGUE } from '../src/replies/catalogue.ts';
import { compare } from '../src/replies/compare.ts';
import { explain } from '../src/replies/explain.ts';
import { renderHtml } from '../src/reference/html/html.ts';
import { isRedirect, pageAt, pathsOfSite } from '../src/reference/site.ts';
import { percentile } from './measure.ts';

const KIB = 1024;
const PROGRAM = path.resolve(import.meta.dirname, '../src/app/main.mjs');
const CODES = CATALOGUE.basic.map(({ code }) => code);

const write = (what: string, figure: number, unit: string): void =>
  void process.stdout.write(`${what.padEnd(44)}${figure.toFixed(figure < 10 ? 2 : 0).padStart(8)} ${unit}\n`);

process.stdout.write(`${os.cpus()[0]?.model.trim() ?? ''}, Node ${process.version}\n`);
perCode();
perBounce();
perPage();
wholeExport();

function perCode(): void {
  const pairs = CODES.flatMap((a) => CODES.filter((b) => a < b).map((b) => [a, b] as const));
  const all = [...CODES, ...CATALOGUE.enhanced.map(({ code }) => code)];
  write(
    'explain(), mean over all codes',
    microseconds(all, (code) => explain(code)),
    'us',
  );
  write(
    `compare(), mean over ${pairs.length} pairs`,
    microseconds(pairs, ([a, b]) => compare(a, b)),
    'us',
  );
}

function microseconds<Item>(items: readonly Item[], work: (item: Item) => unknown): number {
  const rounds = Math.ceil(20_000 / items.length);
  const samples = Array.from({ length: 5 }, () => {
    const start = performance.now();
    for (let round = 0; round < rounds; round++) for (const item of items) work(item);
    return ((performance.now() - start) * 1000) / rounds / items.length;
  });
  return percentile(samples, 50);
}

function perBounce(): void {
  const report = [
    'Final-Recipient: rfc822; ann@example.net',
    'Action: failed',
    'Status: 4.2.2',
    'Diagnostic-Code: smtp; 452-4.2.2 The recipient has no room left,',
    '    452 4.2.2 please try again later (in reply to RCPT TO command)',
    '',
    '<bob@example.net>: host mx.example.net[192.0.2.7] said: 550 5.1.1 No such user (in reply to RCPT TO command)',
    '',
  ].join('\n');
  const shapes: readonly (readonly [string, string])[] = [
    ['reports', report],
    ['4.4.4.4', '4.4.4.4.'],
    ['one line of digits', '4'],
    ['one line of blanks', ' '],
    ['angle brackets', '<a@'],
  ];
  for (const [name, piece] of shapes) {
    const ms = (octets: number): number => {
      const text = piece.repeat(Math.ceil(octets / piece.length)).slice(0, octets);
      return milliseconds(() => decodeText(text));
    };
    write(`decode() of  64 KiB, ${name}`, ms(64 * KIB), 'ms');
    write(`decode() of 256 KiB, ${name}`, ms(256 * KIB), 'ms');
  }
}

function milliseconds(work: () => unknown): number {
  const samples = Array.from({ length: 7 }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return percentile(samples, 50);
}

function perPage(): void {
  const options = { base: 'served', origin: 'https://mail.example', assets: 'assets/0' } as const;
  const samples: number[] = [];
  let biggest = 0;
  for (const round of [0, 1]) {
    for (const where of pathsOfSite()) {
      for (const language of ['en', 'ja'] as const) {
        const start = performance.now();
        const page = pageAt(where, language);
        if (page === null || isRedirect(page)) throw new Error(`no page at ${where}`);
        biggest = Math.max(biggest, Buffer.byteLength(renderHtml(page, options)));
        if (round > 0) samples.push(performance.now() - start);
      }
    }
  }
  write(`a page, made and written as HTML, median of ${samples.length}`, percentile(samples, 50), 'ms');
  write('a page, p99', percentile(samples, 99), 'ms');
  write('the biggest page', biggest / KIB, 'KiB');
}

function wholeExport(): void {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rst-export-'));
  const start = performance.now();
  execFileSync(process.execPath, [PROGRAM, 'reference', 'export', path.join(folder, 'site')], {
    stdio: 'ignore',
  });
  write('restante reference export, both languages', (performance.now() - start) / 1000, 's');
  rmSync(folder, { recursive: true, force: true });
}
