// A saboteur, loaded before the server: writes succeed at once and are done later. So 250 is said before anything is written,
// and a kill in between loses acknowledged mail. The kill loop must notice.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const LATE_MS = 60;
const { writev, write } = fs;

fs.writev = (descriptor, views, position, done) => {
  // A copy: the views may be used again once the caller believes that they are written.
  const copies = views.map((view) => Buffer.from(view));
  setTimeout(() => writev(descriptor, copies, position, () => {}), LATE_MS);
  const octets = views.reduce((sum, view) => sum + view.byteLength, 0);
  setImmediate(() => done(null, octets, views));
};

fs.writevSync = (descriptor, views, position) => {
  let octets = 0;
  fs.writev(descriptor, views, position, () => {});
  for (const view of views) octets += view.byteLength;
  return octets;
};

fs.write = (descriptor, view, ...rest) => {
  const done = rest.pop();
  if (typeof view === 'string') return write(descriptor, view, ...rest, done);
  const copy = Buffer.from(view);
  setTimeout(() => write(descriptor, copy, ...rest, () => {}), LATE_MS);
  setImmediate(() => done(null, typeof rest[1] === 'number' ? rest[1] : view.byteLength, view));
};

syncBuiltinESMExports();
