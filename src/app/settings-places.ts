/** Where a key stands in a TOML file, and which key is near to one that is not. The parser tells neither. */

/** The line, from 1. It reads headers and keys only, so a key inside a string of many lines may be taken for it: it is for a message. */
export function lineOfKey(content: string, key: readonly string[]): number | null {
  const wanted = key.join('\0');
  let table: readonly string[] = [];
  for (const [index, line] of content.split('\n').entries()) {
    const header = /^\s*\[\[?([^\]]*)\]/.exec(line);
    if (header !== null) {
      table = names(header[1] ?? '');
      continue;
    }
    const assignment =
      /^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=/.exec(
        line,
      );
    if (assignment === null) continue;
    const here = [...table, ...names(assignment[1] ?? '')].join('\0');
    // An inline table holds keys of its own: the line of its name is the best there is.
    if (here === wanted || wanted.startsWith(`${here}\0`)) return index + 1;
  }
  return null;
}

/** The likeliest meant, or `null` when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const whole = distance(word.toLowerCase(), candidate.toLowerCase());
    const last = distance(word.toLowerCase(), (candidate.split('.').pop() ?? '').toLowerCase());
    const found = Math.min(whole, last + 1);
    if (found < least) {
      least = found;
      best = candidate;
    }
  }
  return best;
}

function names(dotted: string): readonly string[] {
  return [...dotted.matchAll(/"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)/g)].map(
    (name) => name[1] ?? name[2] ?? name[3] ?? '',
  );
}

/** Levenshtein's, with one row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
