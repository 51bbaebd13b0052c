import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onFirstRequest } from './on-first-request.ts';

const request = new Request('http://localhost/');

test('onFirstRequest() loads once, whoever asks at the same time', async () => {
  let loads = 0;
  const app = onFirstRequest(async () => {
    loads++;
    return { fetch: () => new Response('here') };
  });
  assert.equal(loads, 0);
  const answers = await Promise.all([app.fetch(request), app.fetch(request)]);
  assert.deepEqual(await Promise.all(answers.map((answer) => answer.text())), ['here', 'here']);
  assert.equal(loads, 1);
});

test('onFirstRequest() tries again after loading failed', async () => {
  let loads = 0;
  const app = onFirstRequest(async () => {
    if (loads++ === 0) throw new Error('EMFILE');
    return { fetch: () => new Response('here') };
  });
  await assert.rejects(async () => app.fetch(request), /EMFILE/);
  assert.equal(await (await app.fetch(request)).text(), 'here');
});
