/** What lies about in a data directory: files that no message refers to. */
import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Control } from './control.ts';

const OBJECT = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
const TEMPORARY = /\.(?:tmp|temp|new|part|partial)$|^(?:tmp|temp)[.-]|~$/;
const PATIENCE_MS = 3000;

/**
 * Files of mail objects that no message has, and temporary files, in a server at rest. What was just deleted has some seconds to
 * go away.
 */
export async function strayFiles(data: string, control: Control): Promise<readonly string[]> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const objects = new Set((await control.messages()).map(({ object }) => object));
    const strays = filesOf(data).filter(
      (name) => TEMPORARY.test(name) || (OBJECT.test(name) && !objects.has(name)),
    );
    if (strays.length === 0 || performance.now() > until) return strays;
    await pause(50);
  }
}

/** Names of all files below, without their folders. */
export function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}
