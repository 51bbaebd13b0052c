import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeNotice, returnsWhole, RETURNED_OCTETS_MAX, type NoticeFacts } from './notify.ts';

const FACTS: NoticeFacts = {
  kind: 'failed',
  notify: null,
  reversePath: 'ann@example.org',
  origin: 'submission',
  automatic: false,
  senderIsLocal: true,
};

function judged(facts: Partial<NoticeFacts>): string {
  return judgeNotice({ ...FACTS, ...facts });
}

test('judgeNotice() takes failures and delays to be wanted when nothing was said', () => {
  assert.equal(judged({}), 'report');
  assert.equal(judged({ kind: 'delayed' }), 'report');
  for (const kind of ['delivered', 'relayed', 'expanded'] as const) assert.equal(judged({ kind }), 'none');
});

test('judgeNotice() does what NOTIFY says, and NEVER is never', () => {
  assert.equal(judged({ notify: 'SUCCESS' }), 'none');
  assert.equal(judged({ notify: 'SUCCESS', kind: 'relayed' }), 'report');
  assert.equal(judged({ notify: 'success,failure', kind: 'delivered' }), 'report');
  assert.equal(judged({ notify: 'FAILURE', kind: 'delayed' }), 'none');
  assert.equal(judged({ notify: 'DELAY', kind: 'delayed' }), 'report');
  for (const kind of ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] as const) {
    for (const origin of ['submission', 'network', 'internal', 'mx'] as const)
      assert.equal(judged({ notify: 'NEVER', kind, origin }), 'none', `${kind} ${origin}`);
  }
});

test('judgeNotice() never lets a report answer a report', () => {
  assert.equal(judged({ reversePath: '', origin: 'internal' }), 'double-bounce');
  assert.equal(judged({ reversePath: '', origin: 'internal', notify: 'NEVER' }), 'double-bounce');
  assert.equal(judged({ automatic: true, origin: 'internal' }), 'double-bounce');
  assert.equal(judged({ reversePath: '', origin: 'mx' }), 'undeliverable');
  assert.equal(judged({ reversePath: '', origin: 'submission' }), 'undeliverable');
  assert.equal(judged({ reversePath: '', kind: 'delayed' }), 'none');
  assert.equal(judged({ reversePath: '', kind: 'relayed', notify: 'SUCCESS' }), 'none');
});

test('judgeNotice() tells nothing to a reverse-path that may be forged', () => {
  assert.equal(judged({ origin: 'mx' }), 'undeliverable');
  assert.equal(judged({ origin: 'mx', kind: 'delayed' }), 'none');
  assert.equal(judged({ origin: 'mx', kind: 'delivered', notify: 'SUCCESS' }), 'none');
});

test('judgeNotice() tells delays only to who logged in, success also to our own', () => {
  assert.equal(judged({ origin: 'network' }), 'report');
  assert.equal(judged({ origin: 'network', kind: 'delayed' }), 'none');
  const success = { kind: 'relayed', notify: 'SUCCESS', senderIsLocal: false } as const;
  assert.equal(judged(success), 'report');
  assert.equal(judged({ ...success, origin: 'network' }), 'none');
  assert.equal(judged({ ...success, origin: 'network', senderIsLocal: true }), 'report');
});

test('returnsWhole() returns a short message, of failures, when it was asked for', () => {
  assert.equal(returnsWhole('failed', 'FULL', RETURNED_OCTETS_MAX), true);
  assert.equal(returnsWhole('failed', 'FULL', RETURNED_OCTETS_MAX + 1), false);
  assert.equal(returnsWhole('failed', 'HDRS', 10), false);
  assert.equal(returnsWhole('failed', null, 10), false);
  assert.equal(returnsWhole('delayed', 'FULL', 10), false);
});
