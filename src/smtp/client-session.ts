/**
 * The client's side of the beginning of a session, from the greeting until a transaction may begin: RFC 5321 §3.1 and §3.2, RFC 3207,
 * RFC 4954. What was heard goes in, what to do comes out.
 */
import type { HeardReply } from '../replies/heard-reply.ts';
import { type CommandLine, plainLine } from './client-command.ts';
import { extensionsHeard, NO_EXTENSIONS, type PeerExtensions } from './client-extensions.ts';

export interface OpeningFacts {
  /** Ours, for EHLO. */
  readonly hostname: string;
  readonly protocol: 'smtp' | 'lmtp';
  /** `required`: no word of a mail is said without it. */
  readonly tls: 'off' | 'opportunistic' | 'required';
  /** We have a name and a password for this peer. */
  readonly logsIn: boolean;
  /** Nobody can listen on the way there, as within this machine. */
  readonly wireIsPrivate: boolean;
}

export type OpeningPhase = 'greeting' | 'hello' | 'starttls' | 'auth';

export type Opening =
  | { readonly state: 'greeting' | 'handshake' | 'failed'; readonly secured: boolean }
  | { readonly state: 'hello' | 'helo'; readonly secured: boolean }
  | { readonly state: 'starttls' | 'login'; readonly secured: boolean; readonly extensions: PeerExtensions }
  | { readonly state: 'ready'; readonly secured: boolean; readonly extensions: PeerExtensions };

export type OpeningInput =
  | { readonly type: 'heard'; readonly reply: HeardReply }
  /** The handshake is done; everything that was said before is forgotten (RFC 3207 §4.2). */
  | { readonly type: 'secured' }
  | { readonly type: 'logged-in' };

export type OpeningEffect =
  /** Say it, and hear the reply. */
  | { readonly type: 'say'; readonly line: CommandLine; readonly phase: OpeningPhase }
  | { readonly type: 'handshake' }
  /** With one of these mechanisms. */
  | { readonly type: 'log-in'; readonly mechanisms: readonly string[] }
  | { readonly type: 'ready'; readonly extensions: PeerExtensions }
  /** It is over: the peer does not want. */
  | { readonly type: 'refused'; readonly phase: OpeningPhase; readonly reply: HeardReply }
  /** It is over: what we demand is not to be had here. */
  | { readonly type: 'lacking'; readonly what: 'tls' | 'login'; readonly reply: HeardReply };

type Step = readonly [next: Opening, effect: OpeningEffect];

/** `secured`: with TLS from the first octet. First the greeting is to be heard. */
export function beginOpening(secured: boolean): Opening {
  return { state: 'greeting', secured };
}

export function stepOpening(opening: Opening, input: OpeningInput, facts: OpeningFacts): Step {
  switch (input.type) {
    case 'secured':
      return hello({ secured: true }, facts);
    case 'logged-in':
      return opening.state === 'login' ? ready(opening) : fail(opening, UNASKED, 'auth');
    case 'heard':
      return hear(opening, input.reply, facts);
  }
}

const UNASKED: HeardReply = { code: null, status: null, lines: [], fault: 'no-reply' };

function hear(opening: Opening, reply: HeardReply, facts: OpeningFacts): Step {
  switch (opening.state) {
    case 'greeting':
      // RFC 5321 §3.1: 220, or the peer is not to be used.
      return isPositive(reply) ? hello(opening, facts) : fail(opening, reply, 'greeting');
    case 'hello':
      if (isPositive(reply)) return greeted(opening.secured, reply, facts);
      // RFC 5321 §3.2: a peer that does not know EHLO. LMTP has nothing to fall back to.
      if (reply.code?.startsWith('5') === true && reply.code !== '521' && facts.protocol === 'smtp')
        return [
          { state: 'helo', secured: opening.secured },
          { type: 'say', line: plainLine(`HELO ${facts.hostname}`), phase: 'hello' },
        ];
      return fail(opening, reply, 'hello');
    case 'helo':
      if (!isPositive(reply)) return fail(opening, reply, 'hello');
      return proceed({ secured: opening.secured, extensions: NO_EXTENSIONS }, reply, facts);
    case 'starttls':
      if (isPositive(reply)) return [{ state: 'handshake', secured: opening.secured }, { type: 'handshake' }];
      if (facts.tls === 'required' || reply.code === '421' || reply.code === null)
        return fail(opening, reply, 'starttls');
      // RFC 3207 §4: 454, and we may go on without.
      return proceed(opening, reply, facts);
    case 'handshake':
    case 'login':
    case 'ready':
    case 'failed':
      return fail(opening, reply, 'auth');
  }
}

function hello({ secured }: { readonly secured: boolean }, facts: OpeningFacts): Step {
  const verb = facts.protocol === 'lmtp' ? 'LHLO' : 'EHLO';
  const line = plainLine(`${verb} ${facts.hostname}`);
  return [
    { state: 'hello', secured },
    { type: 'say', line, phase: 'hello' },
  ];
}

function greeted(secured: boolean, reply: HeardReply, facts: OpeningFacts): Step {
  const extensions = extensionsHeard(reply);
  if (!secured && facts.tls !== 'off' && extensions.startTls)
    return [
      { state: 'starttls', secured, extensions },
      { type: 'say', line: plainLine('STARTTLS'), phase: 'starttls' },
    ];
  return proceed({ secured, extensions }, reply, facts);
}

/** TLS there is, or there will be none. */
function proceed(
  { secured, extensions }: { readonly secured: boolean; readonly extensions: PeerExtensions },
  reply: HeardReply,
  facts: OpeningFacts,
): Step {
  const failed = { state: 'failed', secured } as const;
  if (facts.tls === 'required' && !secured) return [failed, { type: 'lacking', what: 'tls', reply }];
  if (!facts.logsIn) return ready({ secured, extensions });
  // A password is never said where it can be overheard.
  if (!secured && !facts.wireIsPrivate) return [failed, { type: 'lacking', what: 'tls', reply }];
  const mechanisms = MECHANISMS.filter((mechanism) => extensions.auth.includes(mechanism));
  if (mechanisms.length === 0) return [failed, { type: 'lacking', what: 'login', reply }];
  return [
    { state: 'login', secured, extensions },
    { type: 'log-in', mechanisms },
  ];
}

/** The best first. */
const MECHANISMS = ['SCRAM-SHA-256', 'PLAIN'];

function ready(opening: { readonly secured: boolean; readonly extensions: PeerExtensions }): Step {
  const { secured, extensions } = opening;
  return [
    { state: 'ready', secured, extensions },
    { type: 'ready', extensions },
  ];
}

function fail({ secured }: { readonly secured: boolean }, reply: HeardReply, phase: OpeningPhase): Step {
  return [
    { state: 'failed', secured },
    { type: 'refused', phase, reply },
  ];
}

export function isPositive({ code }: HeardReply): boolean {
  return code?.startsWith('2') === true;
}
