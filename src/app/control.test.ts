import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { socketTransport } from '../cli/transport.ts';
import { ControlFailure, findControl, listenControl } from './control.ts';
import type { LoadedSettings } from './settings.ts';
import { startFailure } from './start-failure.ts';

const app = { fetch: () => new Response('here') };

function place(name = '') {
  const folder = mkdtempSync(join(tmpdir(), 'control-'));
  const data = join(folder, name);
  mkdirSync(data, { recursive: true });
  const remove = () => rmSync(folder, { recursive: true });
  return { data, socket: join(data, 'control.sock'), [Symbol.dispose]: remove };
}

async function ask(socket: string): Promise<string> {
  const transport = socketTransport(socket);
  const { body } = await transport.send({ method: 'GET', path: '/' });
  let text = '';
  for await (const chunk of body) text += Buffer.from(chunk).toString();
  await transport.close();
  return text;
}

test('listenControl() is found, is for its owner only, and leaves nothing behind', async () => {
  using at = place();
  assert.equal(await findControl(at), null);
  const listener = await listenControl(app, at);
  assert.equal(statSync(at.socket).mode & 0o777, 0o600);
  assert.equal(await ask((await findControl(at)) ?? ''), 'here');
  await listener.stop(100);
  assert.equal(existsSync(at.socket), false);
  assert.equal(await findControl(at), null);
});

test('listenControl() takes the place of a socket that was left over', async () => {
  using at = place();
  writeFileSync(at.socket, 'left over');
  const listener = await listenControl(app, at);
  assert.equal(await findControl(at), at.socket);
  await listener.stop(100);
});

test('listenControl() finds a short place for a long path, and gives it up again', async () => {
  using at = place('x'.repeat(100));
  const listener = await listenControl(app, at);
  const found = await findControl(at);
  assert.ok(found !== null && found.length <= 100 && found !== at.socket);
  assert.equal(statSync(dirname(found)).mode & 0o777, 0o700);
  assert.equal(await ask(found), 'here');
  assert.match(readFileSync(join(at.data, 'control.json'), 'utf8'), /control\.sock/);
  await listener.stop(100);
  assert.equal(existsSync(dirname(found)), false);
});

test('findControl() does not wait for a server that hangs', async () => {
  using at = place();
  const hanging = createServer(() => {}).listen(at.socket);
  await once(hanging, 'listening');
  assert.equal(await findControl(at, 50), null);
  hanging.close();
});

test('listenControl() goes to /tmp when the temporary folder is too long a name, too', async () => {
  using at = place('x'.repeat(100));
  const script = `
    import { listenControl, findControl } from ${JSON.stringify(new URL('control.ts', import.meta.url).href)};
    const at = ${JSON.stringify({ data: at.data, socket: at.socket })};
    const listener = await listenControl({ fetch: () => new Response('') }, at);
    console.log(await findControl(at));
    await listener.stop(0);`;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, TMPDIR: at.data },
    encoding: 'utf8',
  });
  assert.equal(ran.status, 0, ran.stderr);
  const socket = ran.stdout.trim();
  assert.match(socket, /^\/tmp\/restante-[^/]+\/control\.sock$/);
  assert.equal(existsSync(dirname(socket)), false);
  assert.deepEqual(readdirSync(at.data), []);
});

test('listenControl() says that it is about the socket when there can be none', async () => {
  using at = place();
  const socket = join(at.data, 'none', 'control.sock');
  await assert.rejects(listenControl(app, { ...at, socket }), (thrown) => {
    assert.ok(thrown instanceof ControlFailure);
    const told = startFailure(thrown, { settings: { data: at.data } } as LoadedSettings, 'en');
    assert.ok(told instanceof Error);
    assert.match(told.message, /^control\.socket: /);
    assert.ok(told.message.includes(socket));
    return true;
  });
});
