// A saboteur, loaded before the server: every sync succeeds and does nothing. A kill does not show it, for the kernel still has
// the data; a power cut does. The power-cut loop must notice.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

for (const name of ['fsync', 'fdatasync']) {
  fs[name] = (_descriptor, done) => setImmediate(() => done(null));
  fs[`${name}Sync`] = () => {};
}

syncBuiltinESMExports();
