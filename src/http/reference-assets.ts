/**
 * Reads what the reference's pages stand on: the style sheet, the index of the search, and the modules of the two tools with all that
 * these import, libraries too. A module is served as it was built, or, where the sources run, with its types taken out.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { relative } from 'node:path/posix';
import { FIRST_MODULE, ICON, SEARCH_INDEX, STYLE_SHEET } from '../reference/assets.ts';
import type { Asset, Assets } from '../reference/assets.ts';
import { searchEntries } from '../replies/search-entries.ts';

const ROOT = new URL('../', import.meta.url).href;
const IS_SOURCE = import.meta.url.endsWith('.ts');
const LIBRARIES = '/node_modules/';

/** Imports of values; those of types are not in what is served. */
const IMPORT = /(^(?:import|export)\s+(?!type\b)(?:[^'";]*?\bfrom\s+)?['"]|\bimport\(['"])([^'"]+)(?=['"])/gm;

let made: Assets | null = null;

/** Made once: reads each file to know its imports, and to name the folder after all of them. */
export function referenceAssets(): Assets {
  made ??= make();
  return made;
}

interface Source {
  readonly url: string;
  readonly text: string;
}

function make(): Assets {
  const sources = new Map<string, Source>([
    [SEARCH_INDEX, { url: '', text: JSON.stringify(searchEntries()) }],
  ]);
  for (const name of [STYLE_SHEET, ICON, FIRST_MODULE])
    gather(`${ROOT}${IS_SOURCE ? name.replace(/\.js$/, '.ts') : name}`, sources);
  const hash = createHash('sha256');
  const sorted = [...sources].toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, { text }] of sorted) hash.update(`${name}\0${text}\0`);
  const written = new Map<string, Asset>();
  return {
    folder: `assets/${hash.digest('hex').slice(0, 12)}`,
    names: () => [...sources.keys()],
    read(name) {
      const source = sources.get(name);
      if (source === undefined) return null;
      const asset = written.get(name) ?? write(name, source);
      written.set(name, asset);
      return asset;
    },
  };
}

function gather(url: string, sources: Map<string, Source>): void {
  const name = nameOf(url);
  if (sources.has(name)) return;
  const text = readFileSync(new URL(url), 'utf8');
  sources.set(name, { url, text });
  if (!/\.[jt]s$/.test(url)) return;
  for (const [, , specifier = ''] of text.matchAll(IMPORT)) gather(resolve(specifier, url), sources);
}

function resolve(specifier: string, from: string): string {
  return specifier.startsWith('.') ? new URL(specifier, from).href : import.meta.resolve(specifier);
}

/** As it is served: sources as they would be built, libraries by their own names. */
function nameOf(url: string): string {
  const library = url.lastIndexOf(LIBRARIES);
  if (library >= 0) return `libraries/${url.slice(library + LIBRARIES.length)}`;
  return url.slice(ROOT.length).replace(/\.ts$/, '.js');
}

function write(name: string, { url, text }: Source): Asset {
  if (name.endsWith('.css')) return { name, type: 'text/css; charset=utf-8', content: withoutSpace(text) };
  if (name.endsWith('.svg')) return { name, type: 'image/svg+xml', content: text };
  if (name.endsWith('.json'))
    return { name, type: 'application/json', content: JSON.stringify(JSON.parse(text)) };
  const code = url.endsWith('.ts') ? withoutTypes(text) : text;
  const content = code.replaceAll(IMPORT, (_, before: string, specifier: string) => {
    const path = relative(`${name}/..`, nameOf(resolve(specifier, url)));
    return `${before}${path.startsWith('.') ? path : `./${path}`}`;
  });
  return { name, type: 'text/javascript; charset=utf-8', content };
}

/** Half of a style sheet is its layout. */
function withoutSpace(css: string): string {
  return css
    .replaceAll(/\/\*.*?\*\//gs, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll(/ ?([{};]) ?/g, '$1')
    .replaceAll(';}', '}')
    .trim();
}

function withoutTypes(source: string): string {
  return quietly(() => stripTypeScriptTypes(source)).replace(/[ \t]+$/gm, '');
}

/** Node calls the function experimental, once a process, on the terminal of whoever started the server. */
function quietly<T>(act: () => T): T {
  const emitWarning: unknown = Reflect.get(process, 'emitWarning');
  Reflect.set(process, 'emitWarning', () => {});
  try {
    return act();
  } finally {
    Reflect.set(process, 'emitWarning', emitWarning);
  }
}
