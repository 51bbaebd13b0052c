/** `restante reference export`: every page in every language and form, in files that need no server. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LANGUAGES } from '../base/language.ts';
import { referenceAssets } from '../http/reference-assets.ts';
import type { Page } from '../reference/document.ts';
import { fileOf, hrefTo } from '../reference/html/links.ts';
import { renderHtml } from '../reference/html/html.ts';
import { renderJson } from '../reference/json.ts';
import { renderMarkdown } from '../reference/markdown.ts';
import { isRedirect, pageAt, pathsOfSite } from '../reference/site.ts';
import { renderText } from '../reference/text.ts';
import type { Cli } from './cli.ts';
import { CliFailure, EXIT } from './failure.ts';
import { REFERENCE_WORDS } from './reference-words.ts';
import { speaker } from './words.ts';

const AT_ONCE = 16;
const FORMS = ['html', 'txt', 'md', 'json'] as const;

export interface ExportedReference {
  readonly folder: string;
  readonly pages: number;
  readonly files: number;
}

export async function exportReference({ console }: Cli, folder: string): Promise<void> {
  const say = speaker(REFERENCE_WORDS, console.language);
  const paths = pathsOfSite();
  const progress = await console.progress(say('writing'), paths.length * LANGUAGES.length);
  const writer = new FolderWriter(folder, (file, reason) => say('unwritable', { file, reason }));
  let pages = 0;
  try {
    for (const language of LANGUAGES) {
      for (const path of paths) {
        const found = pageAt(path, language);
        if (found === null || isRedirect(found)) continue;
        await writePage(writer, found);
        progress.to(++pages, fileOf(path, language));
      }
    }
    await writeAssets(writer);
    await writer.finish();
  } finally {
    progress.end('');
  }
  const done: ExportedReference = { folder, pages, files: writer.files };
  await console.result(done, () =>
    console.line(say('written', { pages, languages: LANGUAGES.length, files: writer.files, folder })),
  );
}

async function writePage(writer: FolderWriter, page: Page): Promise<void> {
  const file = fileOf(page.path, page.language).replace(/\.html$/, '');
  for (const form of FORMS) await writer.write(`${file}.${form}`, formOf(page, form));
}

function formOf(page: Page, form: (typeof FORMS)[number]): string {
  const { language, path } = page;
  switch (form) {
    case 'html':
      return renderHtml(page, {
        base: 'file',
        origin: null,
        assets: referenceAssets().folder,
        twins: ['txt', 'md', 'json'],
      });
    case 'txt':
      return renderText(page);
    case 'md':
      return renderMarkdown(page, {
        linkTo: (to) => hrefTo(to, { base: 'file', language, path }).replace(/\.html(?=#|$)/, '.md'),
      });
    case 'json':
      return renderJson(page);
  }
}

async function writeAssets(writer: FolderWriter): Promise<void> {
  const assets = referenceAssets();
  for (const name of assets.names()) {
    const asset = assets.read(name);
    if (asset !== null) await writer.write(`${assets.folder}/${name}`, asset.content);
  }
  await writer.write('index.html', INDEX);
}

/** The choice of a language, for who opens the folder. */
const INDEX = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>SMTP reply codes</title>
</head>
<body>
<main>
<h1>SMTP reply codes</h1>
<ul>
<li><a href="en/smtp.html" lang="en" hreflang="en">English</a></li>
<li><a href="ja/smtp.html" lang="ja" hreflang="ja">日本語</a></li>
</ul>
</main>
</body>
</html>
`;

/** Some writes at once, each folder made once. A failed one ends it all. */
class FolderWriter {
  files = 0;
  readonly #folder: string;
  readonly #complain: (file: string, reason: string) => string;
  readonly #folders = new Map<string, Promise<unknown>>();
  readonly #running = new Set<Promise<void>>();
  #failure: Error | null = null;

  constructor(folder: string, complain: (file: string, reason: string) => string) {
    this.#folder = folder;
    this.#complain = complain;
  }

  async write(name: string, text: string): Promise<void> {
    if (this.#running.size >= AT_ONCE) await Promise.race(this.#running);
    this.#throwFailure();
    const writing: Promise<void> = this.#writeFile(join(this.#folder, name), text)
      .catch((error: unknown) => {
        this.#failure ??= error instanceof Error ? error : new Error('unknown', { cause: error });
      })
      .finally(() => this.#running.delete(writing));
    this.#running.add(writing);
  }

  async finish(): Promise<void> {
    await Promise.all(this.#running);
    this.#throwFailure();
  }

  async #writeFile(file: string, text: string): Promise<void> {
    const folder = dirname(file);
    const made = this.#folders.get(folder) ?? mkdir(folder, { recursive: true });
    this.#folders.set(folder, made);
    await made;
    await writeFile(file, text);
    this.files++;
  }

  #throwFailure(): void {
    if (this.#failure === null) return;
    const reason = this.#failure.message;
    throw new CliFailure(EXIT.failure, this.#complain(this.#folder, reason), { cause: this.#failure });
  }
}
