/** What a peer announced in its reply to EHLO or LHLO, as far as we use it: RFC 5321 §4.1.1.1. */
import type { HeardReply } from '../replies/heard-reply.ts';

export interface PeerExtensions {
  readonly pipelining: boolean; //   RFC 2920
  readonly eightBitMime: boolean; // RFC 6152
  readonly smtputf8: boolean; //     RFC 6531
  readonly chunking: boolean; //     RFC 3030
  readonly binaryMime: boolean; //   RFC 3030
  readonly dsn: boolean; //          RFC 3461
  readonly startTls: boolean; //     RFC 3207
  /** RFC 1870: SIZE= may be said at MAIL. */
  readonly size: boolean;
  /** Octets; `null`: no limit was told. */
  readonly sizeMax: number | null;
  /** RFC 4954: mechanisms, in capitals. */
  readonly auth: readonly string[];
  /** RFC 9422; `null`: not told. */
  readonly mailMax: number | null;
  readonly recipientMax: number | null;
}

/** Of a peer that knows HELO alone. */
export const NO_EXTENSIONS: PeerExtensions = {
  pipelining: false,
  eightBitMime: false,
  smtputf8: false,
  chunking: false,
  binaryMime: false,
  dsn: false,
  startTls: false,
  size: false,
  sizeMax: null,
  auth: [],
  mailMax: null,
  recipientMax: null,
};

export function extensionsHeard({ lines }: HeardReply): PeerExtensions {
  const announced = new Map<string, string>();
  // The first line is the peer's name. `AUTH=` is how it was written before it was a standard.
  for (const line of lines.slice(1)) {
    const [, keyword = '', value = ''] = /^([a-z\d][a-z\d-]*)(?:[ =] *(.*))?$/i.exec(line.trim()) ?? [];
    const name = keyword.toUpperCase();
    announced.set(name, `${announced.get(name) ?? ''} ${value}`.trim());
  }
  const binaryMime = announced.has('BINARYMIME');
  return {
    pipelining: announced.has('PIPELINING'),
    eightBitMime: announced.has('8BITMIME'),
    smtputf8: announced.has('SMTPUTF8'),
    chunking: announced.has('CHUNKING'),
    binaryMime: binaryMime && announced.has('CHUNKING'),
    dsn: announced.has('DSN'),
    startTls: announced.has('STARTTLS'),
    size: announced.has('SIZE'),
    sizeMax: positive(announced.get('SIZE')),
    auth: (announced.get('AUTH') ?? '').toUpperCase().split(/ +/).filter(Boolean),
    ...limitsIn(announced.get('LIMITS') ?? ''),
  };
}

function limitsIn(value: string): Pick<PeerExtensions, 'mailMax' | 'recipientMax'> {
  const limits = new Map<string, string>();
  for (const limit of value.split(/ +/)) {
    const [name = '', number = ''] = limit.split('=');
    limits.set(name.toUpperCase(), number);
  }
  return { mailMax: positive(limits.get('MAILMAX')), recipientMax: positive(limits.get('RCPTMAX')) };
}

/** 0 is no limit (RFC 1870 §3), and what is no number tells none. */
function positive(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,20}$/.test(text)) return null;
  const number = Number(text);
  return number > 0 ? number : null;
}
