/** Work on many things, a few at a time. */

/** The first failure ends it, when those under way have ended. */
export async function inParallel<T>(
  things: AsyncIterable<T>,
  atOnce: number,
  work: (thing: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for await (const thing of things) {
    const one = work(thing).catch((error: unknown) => void failures.push(error));
    running.add(one);
    void one.finally(() => running.delete(one));
    if (running.size >= atOnce) await Promise.race(running);
    if (failures.length > 0) break;
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}
