/** Looks at a server's TLS from outside, as a client meets it: directly, or behind the STARTTLS of SMTP (RFC 3207). */
import { connect, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';
import { type CertificateFacts, factsOf } from './certificate-facts.ts';
import { peerText } from './log.ts';
import { systemErrorCode } from './system-error.ts';

export interface TlsTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: 'starttls' | 'implicit';
  /** What the certificate should be for, and what SNI says, unless it is an address. */
  readonly name: string;
}

export type TlsProbe =
  | {
      readonly ok: true;
      /** `TLSv1.3` */
      readonly protocol: string;
      readonly cipher: string;
      /** The server's own first. */
      readonly chain: readonly [CertificateFacts, ...CertificateFacts[]];
      readonly nameMatches: boolean;
      /** Why a client that checks would not trust it, in OpenSSL's words; `null`: it would. */
      readonly distrust: string | null;
    }
  | { readonly ok: false; readonly reason: ProbeFault; readonly detail: string };

export type ProbeFault =
  | 'no-connection'
  | 'timeout'
  /** It is no SMTP server, or is not in the mood. */
  | 'no-greeting'
  | 'no-starttls'
  | 'starttls-refused'
  | 'handshake';

const TIMEOUT_MS = 15_000;
const REPLY_OCTETS_MAX = 64 * 1024;
const CHAIN_MAX = 10;
const DETAIL_MAX = 200;

export async function probeTls(target: TlsTarget): Promise<TlsProbe> {
  const { host, port } = target;
  const socket = connect({ host, port });
  const state = { isLate: false, error: '' };
  const timer = setTimeout(() => {
    state.isLate = true;
    socket.destroy();
  }, TIMEOUT_MS);
  socket.on('error', (error) => (state.error = systemErrorCode(error) ?? error.message));
  try {
    const probed = await probe(socket, target);
    if (probed.ok || !state.isLate) {
      return probed.ok || probed.detail !== '' ? probed : { ...probed, detail: state.error };
    }
    return { ok: false, reason: 'timeout', detail: '' };
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

async function probe(socket: Socket, target: TlsTarget): Promise<TlsProbe> {
  if (!(await happens(socket, 'connect'))) return failure('no-connection');
  if (target.tls === 'starttls') {
    const refused = await startTls(socket);
    if (refused !== null) return refused;
  }
  return shakeHands(socket, target);
}

/** `null`: the server waits for the handshake. */
async function startTls(socket: Socket): Promise<TlsProbe | null> {
  const replies = new Replies(socket);
  const greeting = await replies.next();
  if (!greeting.startsWith('220')) return failure('no-greeting', greeting);
  socket.write('EHLO localhost\r\n');
  const hello = await replies.next();
  if (!/^250[ -]STARTTLS\r$/im.test(hello)) return failure('no-starttls', hello.split('\r\n')[0]);
  socket.write('STARTTLS\r\n');
  const answer = await replies.next();
  if (!answer.startsWith('220')) return failure('starttls-refused', answer);
  replies.end();
  return null;
}

async function shakeHands(socket: Socket, { name }: TlsTarget): Promise<TlsProbe> {
  const secured = connectTls({
    socket,
    rejectUnauthorized: false, // what is wrong with it is the answer
    ...(isIP(name) === 0 ? { servername: name } : {}),
  });
  let error = '';
  secured.on('error', (thrown: NodeJS.ErrnoException) => (error = thrown.code ?? thrown.message));
  if (!(await happens(secured, 'secureConnect'))) return failure('handshake', error);
  const certificate = secured.getPeerCertificate();
  const [own, ...others] = chainOf(secured);
  if (own === undefined) return failure('handshake');
  const probed: TlsProbe = {
    ok: true,
    protocol: secured.getProtocol() ?? '',
    cipher: secured.getCipher().standardName,
    chain: [own, ...others],
    nameMatches: checkServerIdentity(name, certificate) === undefined,
    // Its type is an error; what it holds is a code.
    distrust: secured.authorized ? null : String(secured.authorizationError),
  };
  secured.end();
  return probed;
}

function chainOf(secured: TLSSocket): readonly CertificateFacts[] {
  const chain: CertificateFacts[] = [];
  let next = secured.getPeerX509Certificate();
  while (next !== undefined && chain.length < CHAIN_MAX) {
    const facts = factsOf(next);
    chain.push(facts);
    next = facts.isSelfSigned ? undefined : next.issuerCertificate;
  }
  return chain;
}

/** The replies of a server that may be anything. */
class Replies {
  readonly #socket: Socket;
  #heard = '';
  #isOver = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#hear);
    socket.once('close', this.#close);
    socket.once('end', this.#close);
  }

  /** What there is of it, when the server goes or talks on for ever. */
  async next(): Promise<string> {
    for (;;) {
      const end = /^\d{3}(?: .*)?\r?\n/m.exec(this.#heard);
      if (end !== null || this.#isOver || this.#heard.length > REPLY_OCTETS_MAX) {
        const length = end === null ? this.#heard.length : end.index + end[0].length;
        const reply = this.#heard.slice(0, length);
        this.#heard = this.#heard.slice(length);
        return reply;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  end(): void {
    this.#socket.off('data', this.#hear);
    this.#socket.off('close', this.#close);
    this.#socket.off('end', this.#close);
  }

  readonly #hear = (chunk: Buffer): void => {
    this.#heard += chunk.toString('latin1');
    this.#wake();
  };

  readonly #close = (): void => {
    this.#isOver = true;
    this.#wake();
  };
}

/** False: the socket closed first. */
function happens(socket: Socket, event: 'connect' | 'secureConnect'): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once(event, () => resolve(true));
    socket.once('close', () => resolve(false));
  });
}

function failure(reason: ProbeFault, detail = ''): TlsProbe {
  return { ok: false, reason, detail: peerText(detail.trim(), DETAIL_MAX) };
}
