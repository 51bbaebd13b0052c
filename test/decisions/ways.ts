/** One message sent in each way. Whoever is refused goes on all the same, so that every reply is heard and none is out of step. */
import { codes, dotStuffed, expectCode, type HeardReply, SmtpClient } from '../support/smtp-client.ts';
import type { Way } from './decisions.ts';

export interface Letter {
  readonly from?: string;
  readonly to: readonly string[];
  readonly text: Uint8Array;
  /** Of MAIL, such as ` SIZE=100`. */
  readonly parameters?: string;
  /** Called when half of the text is out. */
  readonly midway?: () => Promise<void>;
}

/** Every reply to one transaction. */
export interface Heard {
  readonly mail: HeardReply;
  readonly recipients: readonly HeardReply[];
  /** To DATA, or to the first chunk. */
  readonly data: HeardReply;
  /** To the mail data: one, in LMTP one for each accepted recipient; none when there was no data. */
  readonly end: readonly HeardReply[];
}

export function openIn(way: Way, ports: { smtp: number; lmtp: number }): Promise<SmtpClient> {
  return way === 'lmtp'
    ? SmtpClient.open(ports.lmtp, 'LHLO client.example')
    : SmtpClient.open(ports.smtp, 'EHLO client.example');
}

export async function send(client: SmtpClient, way: Way, letter: Letter): Promise<Heard> {
  switch (way) {
    case 'data':
    case 'lmtp': {
      const { mail, recipients } = await envelope(client, letter);
      return transfer(client, way, letter, { mail, recipients, data: await client.say('DATA') });
    }
    case 'pipelined': {
      client.write(`${[mailLine(letter), ...rcptLines(letter), 'DATA'].join('\r\n')}\r\n`);
      const mail = await client.reply();
      const recipients: HeardReply[] = [];
      for (const _ of letter.to) recipients.push(await client.reply());
      return transfer(client, way, letter, { mail, recipients, data: await client.reply() });
    }
    case 'bdat':
      return chunks(client, letter, await envelope(client, letter));
  }
}

type Begun = Omit<Heard, 'end'>;

async function envelope(client: SmtpClient, letter: Letter): Promise<Pick<Heard, 'mail' | 'recipients'>> {
  const mail = await client.say(mailLine(letter));
  const recipients: HeardReply[] = [];
  for (const line of rcptLines(letter)) recipients.push(await client.say(line));
  return { mail, recipients };
}

async function transfer(client: SmtpClient, way: Way, letter: Letter, begun: Begun): Promise<Heard> {
  if (begun.data.code !== '354') return { ...begun, end: [] };
  const octets = dotStuffed(letter.text);
  const half = octets.length >> 1;
  client.write(octets.subarray(0, half));
  await letter.midway?.();
  client.write(octets.subarray(half));
  const expected = way === 'lmtp' ? begun.recipients.filter(accepted).length : 1;
  const end: HeardReply[] = [];
  for (let i = 0; i < expected; i++) end.push(await client.reply());
  return { ...begun, end };
}

async function chunks(client: SmtpClient, letter: Letter, begun: Omit<Begun, 'data'>): Promise<Heard> {
  const half = letter.text.length >> 1;
  client.write(`BDAT ${half}\r\n`);
  client.write(letter.text.subarray(0, half));
  const data = await client.reply();
  if (!accepted(data)) return { ...begun, data, end: [] };
  await letter.midway?.();
  client.write(`BDAT ${letter.text.length - half} LAST\r\n`);
  client.write(letter.text.subarray(half));
  return { ...begun, data, end: [await client.reply()] };
}

/** RSET, and the session answers: it is open, and no reply is out of step. */
export async function stillOpen(client: SmtpClient): Promise<void> {
  expectCode(await client.say('RSET'), '250');
  const noop = await client.say('NOOP');
  if (codes(noop) !== '250 2.0.0') throw new Error(`NOOP: ${noop.wire}`);
}

export function accepted(heard: HeardReply): boolean {
  return heard.code === '250';
}

function mailLine({ from = 'sender@client.example', parameters = '' }: Letter): string {
  return `MAIL FROM:<${from}>${parameters}`;
}

function rcptLines({ to }: Letter): string[] {
  return to.map((path) => `RCPT TO:<${path}>`);
}
