/** How much memory a server takes while something is done to it. */
import type { TestServer } from './server.ts';

const SAMPLE_MS = 50;

/** Does `work`; the largest growth of the server's own memory meanwhile, in octets. */
export async function growthDuring(server: TestServer, work: () => Promise<void>): Promise<number> {
  const before = server.residentOctets;
  let most = before;
  const sample = setInterval(() => {
    if (server.running) most = Math.max(most, server.residentOctets);
  }, SAMPLE_MS);
  try {
    await work();
    return Math.max(most, server.residentOctets) - before;
  } finally {
    clearInterval(sample);
  }
}
