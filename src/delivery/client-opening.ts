/** Opens a session with one host: connects, greets, secures and logs in, as `client-session.ts` says. */
import type { Failure, Meaning, Phase } from '../policy/retry.ts';
import type { HeardReply } from '../replies/heard-reply.ts';
import type { PeerExtensions } from '../smtp/client-extensions.ts';
import {
  beginOpening,
  type Opening,
  type OpeningEffect,
  type OpeningFacts,
  type OpeningInput,
  type OpeningPhase,
  stepOpening,
} from '../smtp/client-session.ts';
import type { Clock } from '../world/clock.ts';
import { type Log, peerText } from '../world/log.ts';
import type { Network, WireError } from '../world/network.ts';
import type { Random } from '../world/random.ts';
import { ClientConnection } from './client-connection.ts';
import { logIn } from './client-login.ts';
import type { ClientTimeouts } from './client-timeouts.ts';
import type { NextHop } from './next-hops.ts';
import type { Route } from './route.ts';
import { type Trouble, troubleOf } from './trouble.ts';

export type HopsRoute = Extract<Route, { type: 'hops' }>;

export interface OpeningContext {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly hostname: string;
  readonly timeouts: ClientTimeouts;
  /** Certificates to trust instead of the well-known ones, as PEM. */
  readonly ca?: string;
}

export type Opened =
  | { readonly type: 'open'; readonly connection: ClientConnection; readonly extensions: PeerExtensions }
  | { readonly type: 'failed'; readonly trouble: Trouble };

/** `signal` ends it at once. */
export async function openSession(
  hop: NextHop,
  route: HopsRoute,
  context: OpeningContext,
  signal: AbortSignal,
): Promise<Opened> {
  const opened = await tryHop(hop, route, context, signal);
  if (opened.type !== 'failed' || opened.trouble.failure.type !== 'tls') return opened;
  if (route.tls !== 'opportunistic' || route.implicitTls || signal.aborted) return opened;
  // RFC 3207 §4.1: the handshake failed, so nothing more can be said there. Clear text is what the peer would have got without STARTTLS.
  context.log.info('tls-failed-going-on-in-clear', {
    host: opened.trouble.failure.host,
    text: peerText(opened.trouble.failure.text),
  });
  return tryHop(hop, { ...route, tls: 'off' }, context, signal);
}

async function tryHop(
  hop: NextHop,
  route: HopsRoute,
  context: OpeningContext,
  signal: AbortSignal,
): Promise<Opened> {
  const connection = new ClientConnection(hop, context.network, context.clock);
  const abort = (): void => connection.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const opened = await new SessionOpening(connection, hop, route, context).run();
    if (opened.type === 'failed') connection.quit(context.timeouts.quitMs);
    return opened;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

class SessionOpening {
  readonly #connection: ClientConnection;
  readonly #hop: NextHop;
  readonly #route: HopsRoute;
  readonly #context: OpeningContext;
  readonly #facts: OpeningFacts;

  constructor(connection: ClientConnection, hop: NextHop, route: HopsRoute, context: OpeningContext) {
    this.#connection = connection;
    this.#hop = hop;
    this.#route = route;
    this.#context = context;
    this.#facts = {
      hostname: context.hostname,
      protocol: route.protocol,
      tls: route.tls,
      logsIn: route.auth !== null,
      wireIsPrivate: isWithinThisMachine(hop.address),
    };
  }

  async run(): Promise<Opened> {
    const { timeouts } = this.#context;
    this.#connection.limitTo(timeouts.openingMs);
    const error = await this.#connection.made(timeouts.connectMs);
    if (error !== null) return this.#broken('connect', error);
    if (this.#route.implicitTls) {
      const failure = await this.#secure();
      if (failure !== null) return failure;
    }
    let opening: Opening = beginOpening(this.#connection.secured);
    this.#connection.owe(1);
    let input = await this.#hear('greeting');
    for (;;) {
      if (input.type === 'failed') return input;
      const [next, effect] = stepOpening(opening, input, this.#facts);
      opening = next;
      if (effect.type === 'ready')
        return { type: 'open', connection: this.#connection, extensions: effect.extensions };
      input = await this.#perform(effect);
    }
  }

  async #perform(
    effect: Exclude<OpeningEffect, { type: 'ready' }>,
  ): Promise<OpeningInput | Extract<Opened, { type: 'failed' }>> {
    switch (effect.type) {
      case 'say':
        this.#connection.owe(1);
        this.#connection.send(effect.line);
        return this.#hear(effect.phase);
      case 'handshake':
        return (await this.#secure()) ?? { type: 'secured' };
      case 'log-in':
        return this.#logIn(effect.mechanisms);
      case 'refused':
        return effect.phase === 'starttls' && effect.reply.code !== '421'
          ? this.#tlsRefused(effect.reply)
          : this.#replied(effect.phase, effect.reply);
      case 'lacking': {
        const { host } = this.#connection;
        if (effect.what === 'tls')
          return failed({ type: 'tls', host, text: 'TLS is required, and the peer does not offer STARTTLS' });
        return this.#loginFailed(effect.reply);
      }
    }
  }

  async #hear(phase: OpeningPhase): Promise<OpeningInput | Extract<Opened, { type: 'failed' }>> {
    const { timeouts } = this.#context;
    const timeoutMs = {
      greeting: timeouts.greetingMs,
      hello: timeouts.helloMs,
      starttls: timeouts.tlsMs,
      auth: timeouts.authMs,
    }[phase];
    const heard = await this.#connection.reply(timeoutMs);
    if (heard.type === 'ended') return this.#broken(phase, heard.error);
    // RFC 3207 §4.2: what came behind the reply to STARTTLS is for `secure` to judge; anywhere else nobody may speak out of turn.
    const { stray } = this.#connection;
    if (stray !== null && phase !== 'starttls') return this.#replied(phase, stray);
    return { type: 'heard', reply: heard.reply };
  }

  async #secure(): Promise<Extract<Opened, { type: 'failed' }> | null> {
    const secured = await this.#connection.secure(
      {
        name: this.#hop.name.replace(/\.$/, ''),
        verify: this.#route.tls === 'required',
        ...(this.#context.ca === undefined ? {} : { ca: this.#context.ca }),
      },
      this.#context.timeouts.tlsMs,
    );
    if (secured.ok) return null;
    const { host } = this.#connection;
    return failed({ type: 'tls', host, text: peerText(secured.text) });
  }

  async #logIn(mechanisms: readonly string[]): Promise<OpeningInput | Extract<Opened, { type: 'failed' }>> {
    const { auth } = this.#route;
    if (auth === null) return { type: 'logged-in' };
    const { random, timeouts } = this.#context;
    const end = await logIn(this.#connection, {
      login: auth,
      mechanisms,
      random,
      timeoutMs: timeouts.authMs,
    });
    switch (end.type) {
      case 'done':
        return { type: 'logged-in' };
      case 'refused':
        return this.#replied('auth', end.reply);
      case 'unproven':
        return this.#loginFailed(end.reply);
      case 'ended':
        return this.#broken('auth', end.error);
    }
  }

  /** Only where it is required: elsewhere we go on without. */
  #tlsRefused({ code, lines }: HeardReply): Extract<Opened, { type: 'failed' }> {
    const text = `TLS is required, and the peer refused STARTTLS: ${code ?? ''} ${lines[0] ?? ''}`;
    return failed({ type: 'tls', host: this.#connection.host, text: peerText(text) });
  }

  #replied(phase: OpeningPhase, reply: HeardReply): Extract<Opened, { type: 'failed' }> {
    return failed({ type: 'replied', phase, host: this.#connection.host, reply });
  }

  /** The peer refused nothing, but there is no logging in here: somebody has to look at the route. */
  #loginFailed(reply: HeardReply): Extract<Opened, { type: 'failed' }> {
    const failure: Failure = { type: 'replied', phase: 'auth', host: this.#connection.host, reply };
    const meaning: Meaning = { action: 'next-host', cause: 'auth', scope: 'host', status: '4.7.0' };
    return { type: 'failed', trouble: { failure, meaning } };
  }

  #broken(phase: Phase, error: WireError): Extract<Opened, { type: 'failed' }> {
    return failed({ type: 'network', phase, host: this.#connection.host, error });
  }
}

function failed(failure: Failure): Extract<Opened, { type: 'failed' }> {
  return { type: 'failed', trouble: troubleOf(failure) };
}

function isWithinThisMachine(address: string): boolean {
  return address.startsWith('/') || address === '::1' || address.startsWith('127.');
}
