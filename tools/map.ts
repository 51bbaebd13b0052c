/**
 * The map in ARCHITECTURE.md: the floors as they import each other now, read from the source. `npm run docs` draws it, and
 * `npm run check` fails when it differs.
 */
import { globSync, readFileSync } from 'node:fs';
import { FLOORS, PURE } from './floors.ts';

const BEGIN = '<!-- map: begin -->';
const END = '<!-- map: end -->';
/** Nearly every floor stands on it: drawn, it would be all one sees. */
const GROUND = 'base';

/** ARCHITECTURE.md with the map between its marks drawn anew. */
export function architectureWithMap(): string {
  const text = readFileSync('ARCHITECTURE.md', 'utf8');
  const [before, rest] = cut(text, BEGIN);
  const [, after] = cut(rest, END);
  return `${before}${BEGIN}\n\n${map()}\n${END}${after}`;
}

function cut(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`ARCHITECTURE.md has no ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

function map(): string {
  const imports = importsNow();
  const floors = Object.keys(FLOORS).filter((floor) => imports.has(floor));
  const pure: readonly string[] = PURE;
  const acting = floors.filter((floor) => !pure.includes(floor));
  const arrows = [...imports].flatMap(([floor, below]) =>
    [...direct(below, imports)].map((one) => `  ${floor} --> ${one}`),
  );
  return [
    '```mermaid',
    'flowchart TD',
    '  app',
    ...boxOf('acts', 'these act', acting),
    ...boxOf(
      'computes',
      'these compute',
      floors.filter((floor) => pure.includes(floor) && floor !== GROUND),
    ),
    ...arrows.toSorted(),
    '```',
    '',
    'An arrow means "imports"; one that follows from two others is left out, and so is `base`, which all stand on.',
    '',
  ].join('\n');
}

function boxOf(id: string, title: string, floors: readonly string[]): readonly string[] {
  return [`  subgraph ${id}["${title}"]`, ...floors.map((floor) => `    ${floor}`), '  end'];
}

/** Without those that are reached over another one. */
function direct(below: ReadonlySet<string>, imports: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const found = new Set(below);
  for (const one of below) for (const further of reach(one, imports)) found.delete(further);
  return found;
}

function reach(floor: string, imports: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const found = new Set<string>();
  const left = [...(imports.get(floor) ?? [])];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    left.push(...(imports.get(next) ?? []));
  }
  return found;
}

/** Tests are not looked at: they may stand on more. */
function importsNow(): Map<string, Set<string>> {
  const imports = new Map<string, Set<string>>();
  for (const file of globSync('src/**/*.ts').toSorted()) {
    const floor = file.split('/')[1] ?? '';
    if (file.endsWith('.test.ts')) continue;
    const below = imports.get(floor) ?? new Set<string>();
    imports.set(floor, below);
    const found = readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'(?:\.\.\/)+(\w+)\/[^']+\.ts'/g);
    for (const { 1: other } of found) {
      if (
        other !== undefined &&
        other !== floor &&
        other !== GROUND &&
        (other === 'app' || other in FLOORS)
      ) {
        below.add(other);
      }
    }
  }
  return imports;
}
