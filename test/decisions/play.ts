/** Plays rows of the table: each one in each way, and afterwards looks whether anything was left behind. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { REGISTER, type ReplyName } from '../../src/replies/register.ts';
import { makeMail } from '../support/mail.ts';
import type { HeardReply, SmtpClient } from '../support/smtp-client.ts';
import {
  type Decision,
  type DecisionId,
  DECISIONS,
  type Group,
  type IdsOf,
  type Way,
  WAYS,
} from './decisions.ts';
import { House, type HouseOptions } from './house.ts';
import { type Heard, type Letter, openIn, send } from './ways.ts';

/** What the text of a reply may have at most, behind the codes. */
const TEXT_OCTETS_MAX = 100;

export class Stage {
  readonly house: House;
  readonly way: Way;
  readonly #name: string;
  readonly #clients: SmtpClient[] = [];
  /** Copies that were brought in beside what is played. */
  delivered = 0;
  #mails = 0;

  constructor(house: House, way: Way, name: string) {
    this.house = house;
    this.way = way;
    this.#name = name;
  }

  /** A session in this way, greeted. */
  async open(): Promise<SmtpClient> {
    return this.adopt(await openIn(this.way, this.house.ports));
  }

  /** Closed when the play is over. */
  adopt(client: SmtpClient): SmtpClient {
    this.#clients.push(client);
    return client;
  }

  /** A message like no other, of about so many octets. */
  mail(octets = 2000): { readonly id: string; readonly text: Buffer } {
    return makeMail(`${this.#name}-${this.way}-${++this.#mails}`, octets);
  }

  send(client: SmtpClient, letter: Letter): Promise<Heard> {
    return send(client, this.way, letter);
  }

  /** The mail data was kept, as this way says it. */
  kept(heard: Heard): void {
    assert.ok(heard.end.length > 0, 'no mail data');
    for (const each of heard.end)
      expectReply(each, this.way === 'lmtp' ? 'message-delivered' : 'message-kept');
  }

  /** An account that has a message, and is full of it. */
  async fullAccount(): Promise<string> {
    const address = await this.house.account();
    await this.deliver(address);
    await this.house.close(address);
    return address;
  }

  /** One message, as anybody would send it; it must arrive. */
  async deliver(address: string, octets = 2000): Promise<string> {
    const { id, text } = this.mail(octets);
    using client = await openIn('data', this.house.ports);
    const { end } = await send(client, 'data', { to: [address], text });
    expectReply(end[0], 'message-kept');
    this.delivered++;
    return id;
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client[Symbol.dispose]();
  }
}

/** How a row is brought about. `play` returns how many copies it must have left in the store. */
export interface Scenario {
  /** What tells it from other scenarios of the same row. */
  readonly with?: string;
  readonly options?: HouseOptions;
  /** A house for each way, for it is used up. */
  readonly alone?: true;
  readonly play: (stage: Stage) => Promise<number>;
}

/** The replies that were expected and heard, of each row. */
const heardIn = new Map<DecisionId, Set<ReplyName>>();
/** The row that is being played; one at a time. */
let playing: DecisionId | null = null;

export function decide<G extends Group>(
  _group: G,
  scenarios: Readonly<Record<IdsOf<G>, readonly Scenario[]>>,
): void {
  for (const [key, all] of Object.entries<readonly Scenario[]>(scenarios)) {
    const id = key as DecisionId;
    const decision: Decision = DECISIONS[id];
    const ways = WAYS.filter((way) => decision.except?.[way] === undefined);
    assert.equal(all.length > 0, ways.length > 0, `${id}: a scenario for its ways`);
    if (all.length === 0) continue;
    describe(id, () => {
      for (const scenario of all) playIn(ways, id, scenario);
      test(`${id} every reply of the row was heard`, () => {
        const heard = heardIn.get(id) ?? new Set();
        assert.deepEqual(
          decision.replies.filter((name) => !heard.has(name)),
          [],
        );
      });
    });
  }
}

function playIn(ways: readonly Way[], id: DecisionId, scenario: Scenario): void {
  const { options = {}, with: what, alone, play } = scenario;
  const name = `${id} ${DECISIONS[id].situation.en}${what === undefined ? '' : ` (${what})`}`;
  describe(name, () => {
    let house: House;
    const begin = async (): Promise<void> => {
      house = await House.start(options);
    };
    const end = (): Promise<void> => house[Symbol.asyncDispose]();
    if (alone === true) {
      beforeEach(begin);
      afterEach(end);
    } else {
      before(begin);
      after(end);
    }
    for (const way of ways) {
      test(`${name}, ${way.toUpperCase()}`, async () => {
        playing = id;
        const had = await copies(house);
        try {
          using stage = new Stage(house, way, id);
          const left = await play(stage);
          house.disk.fault = null;
          assert.equal((await copies(house)) - had - stage.delivered, left, 'copies in the store');
        } finally {
          playing = null;
          house.disk.fault = null;
          house.directory = house.store.directory;
          if (house.space.level !== 'green' && alone !== true) await house.recover();
        }
        await house.atRest();
      });
    }
  });
}

async function copies(house: House): Promise<number> {
  const { messages, waiting } = await house.store.figures();
  return messages + waiting;
}

/** The codes of the register; for replies of several lines. */
export function expectCodes(heard: HeardReply | undefined, name: ReplyName): void {
  const { code, status } = REGISTER[name];
  assert.ok(heard !== undefined, `no reply, instead of ${name}`);
  assert.deepEqual([heard.code, heard.status], [code, status], `${name}: ${heard.wire}`);
  if (playing === null) return;
  const heardHere = heardIn.get(playing);
  if (heardHere === undefined) heardIn.set(playing, new Set([name]));
  else heardHere.add(name);
}

/** Codes and text as the register has them, in one line of ASCII that is short enough. */
export function expectReply(heard: HeardReply | undefined, name: ReplyName): void {
  const row = REGISTER[name];
  expectCodes(heard, name);
  assert.ok(heard !== undefined);
  const wanted = row.status === null ? row.text : `${row.status} ${row.text}`;
  const pattern = wanted
    .split(/\{\w+\}/)
    .map((piece) => RegExp.escape(piece))
    .join('\\S+');
  assert.match(heard.wire, new RegExp(`^${row.code} ${pattern}\r\n$`), name);
  const text = heard.lines.join('').replace(/^\d\.\d+\.\d+ /, '');
  assert.match(text, /^[\x20-\x7e]*$/);
  assert.ok(text.length <= TEXT_OCTETS_MAX, `${text.length} octets of text: ${text}`);
}
