/** What must be undone however a test process ends: children, mounts, folders. Synchronous, for nothing else runs at exit. */

const undone = new Set<() => void>();
let watching = false;

/** Runs `undo` when the process ends, unless what it returns was called before. */
export function atExit(undo: () => void): () => void {
  watch();
  undone.add(undo);
  return () => undone.delete(undo);
}

function watch(): void {
  if (watching) return;
  watching = true;
  process.once('exit', () => {
    // The last made goes first: a server before the volume it stands on.
    for (const undo of [...undone].toReversed()) {
      try {
        undo();
      } catch {
        // The next one may still be undone.
      }
    }
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
}
