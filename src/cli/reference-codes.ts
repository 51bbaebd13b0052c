/** `restante codes`: the codes that fit, one line or a few for each. */
import type { Language } from '../base/language.ts';
import { renderTable } from '../reference/text-table.ts';
import { CATALOGUE, enhancedCode, LEGEND, type Phase } from '../replies/catalogue.ts';
import { explain } from '../replies/explain.ts';
import { pageOf } from '../replies/pages.ts';
import { searchEntries } from '../replies/search-entries.ts';
import { search } from '../replies/search.ts';
import type { Cli } from './cli.ts';
import { CliFailure, EXIT } from './failure.ts';
import { REFERENCE_WORDS } from './reference-words.ts';
import { columnsOf, type Surroundings } from './reference.ts';
import { speaker } from './words.ts';

interface Criteria {
  readonly phase?: string;
  readonly class?: string;
  readonly search?: string;
}

interface Row {
  readonly code: string;
  readonly name: string;
  readonly gist: string;
  readonly page: string;
}

export async function listCodes({ console }: Cli, around: Surroundings, criteria: Criteria): Promise<void> {
  const { language } = console;
  const say = speaker(REFERENCE_WORDS, language);
  check(criteria, language);
  const rows = rowsFor(criteria, language);
  await console.result(rows, () => {
    if (rows.length === 0) return console.line(say('nothing'));
    const head = [say('hCode'), say('hName'), say('hGist')];
    const cells = rows.map(({ code, name, gist }) => [code, name, gist]);
    for (const line of renderTable(head, cells, columnsOf(around), 'tight')) console.line(line);
  });
  if (rows.length === 0) process.exitCode = EXIT.failure;
}

function check({ phase, class: first }: Criteria, language: Language): void {
  const say = speaker(REFERENCE_WORDS, language);
  if (phase !== undefined && !Object.hasOwn(LEGEND.phases, phase)) {
    const phases = Object.keys(LEGEND.phases).join(' ');
    throw new CliFailure(EXIT.usage, say('unknownPhase', { phase, phases }), { type: 'usage' });
  }
  if (first !== undefined && !/^[2-5]$/.test(first)) {
    throw new CliFailure(EXIT.usage, say('unknownClass', { class: first }), { type: 'usage' });
  }
}

function rowsFor({ phase, class: first, search: words }: Criteria, language: Language): readonly Row[] {
  const hits =
    words === undefined
      ? [
          ...CATALOGUE.basic.map(({ code }) => code),
          // A list of moments has no room for codes that say nothing of theirs.
          ...(phase === undefined ? enhancedCodes(first) : []),
        ]
      : search(searchEntries(), words, 50)
          .map(({ code }) => code)
          .filter((code) => code !== '');
  return hits
    .filter((code) => first === undefined || code.startsWith(first))
    .filter((code) => phase === undefined || isAt(code, phase as Phase))
    .flatMap((code) => rowOf(code, language));
}

/** Families, or those of one class. */
function enhancedCodes(first: string | undefined): readonly string[] {
  if (first === undefined) return CATALOGUE.enhanced.map(({ code }) => code);
  return CATALOGUE.enhanced
    .filter(({ classes }) => (classes as readonly string[]).includes(first))
    .map(({ code }) => `${first}${code.slice(1)}`);
}

function isAt(code: string, phase: Phase): boolean {
  const found = explain(code);
  if (found === null) return false;
  if (found.kind === 'basic') return found.row.phases.includes(phase);
  return found.variants.some(({ phases }) => phases.includes(phase));
}

function rowOf(code: string, language: Language): readonly Row[] {
  const [basic = '', status] = code.split(' ');
  const found = explain(status ?? basic);
  if (found === null || (found.kind === 'enhanced' && enhancedCode(found.code) === null)) return [];
  const page = status === undefined ? found.page : pageOf(basic, status);
  return [{ code, name: found.name[language], gist: found.gist[language], page }];
}
