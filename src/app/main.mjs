/**
 * The way in. It is plain JavaScript, so that nothing has to be compiled before the cache of what was compiled is open: the
 * next start is faster, and does without the compiler in memory.
 */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('../../node_modules/.cache/compile', import.meta.url),
);
enableCompileCache(process.env['NODE_COMPILE_CACHE']);
await import('./main.ts');
