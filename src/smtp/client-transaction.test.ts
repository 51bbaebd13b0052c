import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { HeardReply } from '../replies/heard-reply.ts';
import { chunkLine, mailLine, recipientLine } from './client-command.ts';
import { ClientTransaction, type TransactionPlan } from './client-transaction.ts';

function line<T>(made: T | null): T {
  assert.ok(made !== null);
  return made;
}

const MAIL = line(
  mailLine({ reversePath: 'a@b.example', size: null, body: null, smtputf8: false, ret: null, envid: null }),
);

function recipient(i: number): TransactionPlan['mail'] {
  return line(recipientLine({ forwardPath: `r${i}@b.example`, notify: null, orcpt: null }, false));
}

function plan(recipients: number, others: Partial<TransactionPlan> = {}): TransactionPlan {
  return {
    mail: MAIL,
    recipients: Array.from({ length: recipients }, (_, i) => recipient(i)),
    transfer: { type: 'data' },
    chunkIsSmall: true,
    pipelining: true,
    protocol: 'smtp',
    reset: false,
    ...others,
  };
}

function reply(code: string | null): HeardReply {
  return { code, status: null, lines: [], fault: null };
}

function verbs(transaction: ClientTransaction): string {
  return transaction
    .takeLines()
    .lines.map((each) => each.slice(0, 4))
    .join(' ');
}

test('takeLines() gives all at once to who pipelines, and one at a time to others', () => {
  assert.equal(verbs(new ClientTransaction(plan(2))), 'MAIL RCPT RCPT DATA');
  assert.equal(verbs(new ClientTransaction(plan(1, { reset: true }))), 'RSET MAIL RCPT DATA');
  const slow = new ClientTransaction(plan(1, { pipelining: false, reset: true }));
  const said: string[] = [];
  for (const code of ['250', '250', '250', '354']) {
    said.push(verbs(slow));
    assert.equal(verbs(slow), '');
    slow.hear(reply(code));
  }
  assert.deepEqual(said, ['RSET', 'MAIL', 'RCPT', 'DATA']);
  assert.equal(slow.want.type, 'data');
});

test('takeLines() never has more than so much without an answer', () => {
  const transaction = new ClientTransaction(plan(5000));
  const { lines } = transaction.takeLines();
  assert.equal(lines.length, 1000);
  assert.equal(transaction.takeLines().lines.length, 0);
  transaction.hear(reply('250'));
  assert.equal(transaction.takeLines().lines.length, 1);
});

test('takeLines() holds a big chunk back until somebody was accepted', () => {
  const chunk = { transfer: { type: 'chunk', line: chunkLine(10) }, chunkIsSmall: false } as const;
  const taken = new ClientTransaction(plan(1, chunk));
  assert.equal(verbs(taken), 'MAIL RCPT');
  taken.hear(reply('250'));
  assert.equal(verbs(taken), '');
  taken.hear(reply('250'));
  assert.deepEqual(taken.takeLines(), { lines: [chunkLine(10)], withChunk: true });
  const refused = new ClientTransaction(plan(1, chunk));
  assert.equal(verbs(refused), 'MAIL RCPT');
  refused.hear(reply('250'));
  refused.hear(reply('550'));
  assert.equal(refused.want.type, 'over');
  assert.equal(refused.leftOpen, true);
});

test('hear() ends with a dot alone when a peer waits for data of nobody, but not when it refused MAIL', () => {
  const nobody = new ClientTransaction(plan(1));
  verbs(nobody);
  for (const code of ['250', '550', '354']) nobody.hear(reply(code));
  assert.equal(nobody.want.type, 'empty-data');
  nobody.dataSent();
  assert.equal(nobody.ended, false);
  nobody.hear(reply('250'));
  assert.equal(nobody.want.type, 'over');
  assert.equal(nobody.answerOf(0).type, 'refused');
  const refused = new ClientTransaction(plan(1));
  verbs(refused);
  for (const code of ['550', '250', '354']) refused.hear(reply(code));
  assert.equal(refused.want.type, 'over');
  assert.equal(refused.usable, false);
});

test('hear() takes 421 for the last words, whatever was asked', () => {
  const transaction = new ClientTransaction(plan(3));
  verbs(transaction);
  for (const code of ['250', '250', '421']) transaction.hear(reply(code));
  assert.equal(transaction.want.type, 'over');
  assert.equal(transaction.usable, false);
  for (const i of [0, 1, 2]) assert.equal(transaction.answerOf(i).type, 'refused');
});

test('a recipient is accepted only by 2yz to its RCPT, and 2yz to the end of the data', () => {
  const code = fc.constantFrom('220', '250', '251', '354', '334', '421', '450', '452', '503', '550', null);
  const facts = fc.record({
    recipients: fc.integer({ min: 1, max: 5 }),
    pipelining: fc.boolean(),
    protocol: fc.constantFrom('smtp' as const, 'lmtp' as const),
    chunk: fc.boolean(),
    replies: fc.array(code, { maxLength: 20 }),
  });
  fc.assert(
    fc.property(facts, ({ recipients, pipelining, protocol, chunk, replies }) => {
      const transfer = chunk
        ? ({ type: 'chunk', line: chunkLine(10) } as const)
        : ({ type: 'data' } as const);
      const small = protocol === 'smtp';
      const made = plan(recipients, { pipelining, protocol, transfer, chunkIsSmall: small });
      const transaction = new ClientTransaction(made);
      const asked: string[] = [];
      const left = [...replies];
      const positive: string[] = [];
      for (let n = 0; n < 60 && transaction.want.type !== 'over'; n++) {
        if (transaction.want.type !== 'reply') {
          asked.push(...Array<string>(transaction.repliesToEnd).fill(transaction.want.type));
          transaction.dataSent();
          continue;
        }
        const { lines, withChunk } = transaction.takeLines();
        asked.push(...lines.slice(0, withChunk ? -1 : lines.length));
        if (withChunk) {
          asked.push(...Array<string>(transaction.repliesToEnd).fill('data'));
          transaction.dataSent();
        }
        // It never waits for a reply that nobody owes.
        const question = asked.shift();
        assert.ok(question !== undefined);
        const answer = left.shift();
        if (answer === undefined) break;
        if (answer?.startsWith('2') === true) positive.push(question);
        transaction.hear(reply(answer));
      }
      const ends = positive.filter((question) => question === 'data').length;
      const answers = made.recipients.map((_, i) => transaction.answerOf(i));
      for (const [i, answer] of answers.entries()) {
        if (answer.type === 'accepted') assert.ok(ends > 0 && positive.includes(made.recipients[i] ?? ''));
        if (transaction.want.type === 'over' && transaction.usable) assert.notEqual(answer.type, 'open');
      }
    }),
    { numRuns: 2000 },
  );
});
