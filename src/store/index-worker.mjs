/** The way into the thread of the index: plain JavaScript, so that the cache of what was compiled is open before anything is. */
import { enableCompileCache } from 'node:module';

const folder = process.env['NODE_COMPILE_CACHE'];
if (folder !== undefined) enableCompileCache(folder);
await import('./index-worker.ts');
