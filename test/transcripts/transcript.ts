/**
 * Transcripts: dialogues that read like the RFC, and run. `C:` and `S:` are what goes over the wire, an indented line is
 * what the world does meanwhile, `# with: name=value` sets the stage. This reads them; who plays them is another matter.
 */

export type Entry =
  | { readonly type: 'client'; readonly text: string }
  | { readonly type: 'server'; readonly text: string }
  | { readonly type: 'world'; readonly event: string; readonly detail: string }
  /** A comment or an empty line. */
  | { readonly type: 'remark'; readonly text: string };

export interface Transcript {
  /** What `# with:` said. */
  readonly stage: ReadonlyMap<string, string>;
  readonly entries: readonly Entry[];
}

export function parseTranscript(text: string): Transcript {
  const entries = text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => parseEntry(line));
  const stage = new Map<string, string>();
  for (const entry of entries) {
    if (entry.type !== 'remark' || !entry.text.startsWith('# with: ')) continue;
    for (const setting of entry.text.slice('# with: '.length).split(' ')) {
      const [name = '', value = ''] = setting.split('=');
      stage.set(name, value);
    }
  }
  return { stage, entries };
}

function parseEntry(line: string): Entry {
  if (line.startsWith('C:')) return { type: 'client', text: line.slice(3) };
  if (line.startsWith('S:')) return { type: 'server', text: line.slice(3) };
  if (line.trim() === '' || line.startsWith('#')) return { type: 'remark', text: line };
  const [event = '', detail = ''] = line.trim().split(': ');
  return { type: 'world', event, detail };
}

export function writeEntry(entry: Entry): string {
  switch (entry.type) {
    case 'client':
      return `C: ${entry.text}`.trimEnd();
    case 'server':
      return `S: ${entry.text}`.trimEnd();
    case 'world':
      return `      ${entry.event}${entry.detail === '' ? '' : `: ${entry.detail}`}`;
    case 'remark':
      return entry.text;
  }
}

/** What a `C:` line is on the wire, CRLF included. `\r`, `\n`, `\0` and `\t` may stand in it, written out. */
export function octetsOfClient(text: string): Uint8Array {
  const plain = text.replaceAll(/\\([rn0t])/g, (_, letter: string) => ESCAPES[letter] ?? '');
  return new TextEncoder().encode(`${plain}\r\n`);
}

const ESCAPES: Readonly<Record<string, string>> = { r: '\r', n: '\n', 0: '\0', t: '\t' };
