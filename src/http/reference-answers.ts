/** Answers that are known by their content: each with a strong entity tag, compressed for who can read that, the last ones kept. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** What goes out. */
export interface Encoded {
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly encoding: 'gzip' | null;
  /** Of this form alone: RFC 9110 §8.8.3. */
  readonly tag: string;
}

export class Answer {
  readonly type: string;
  readonly status: 200 | 404;
  readonly #plain: Encoded;
  #gzip: Encoded | null = null;

  constructor(body: string, type: string, status: 200 | 404 = 200) {
    const tag = createHash('sha256').update(body).digest('base64url').slice(0, 22);
    this.type = type;
    this.status = status;
    this.#plain = { body, encoding: null, tag: `"${tag}"` };
  }

  for(acceptEncoding: string | undefined): Encoded {
    const { body, tag } = this.#plain;
    if (typeof body !== 'string' || body.length < GZIP_MIN || !takesGzip(acceptEncoding)) return this.#plain;
    this.#gzip ??= {
      body: new Uint8Array(gzipSync(body)),
      encoding: 'gzip',
      tag: tag.replace(/"$/, '.gz"'),
    };
    return this.#gzip;
  }
}

/** Less is one packet anyway. */
const GZIP_MIN = 1200;

function takesGzip(acceptEncoding = ''): boolean {
  return /(?:^|,)\s*gzip\s*(?:;\s*q=(?:1|0?\.\d*[1-9])\d*\s*)?(?:,|$)/i.test(acceptEncoding.slice(0, 200));
}

/** RFC 9110 §13.1.2: `*`, or any of a list, weak or not. */
export function isKnown(tag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((each) => {
    const known = each.trim();
    return known === '*' || known === tag || known === `W/${tag}`;
  });
}

/** Pages are some 20 KiB: the most asked for, in a few MiB. */
const KEPT_MAX = 256;

/** Those asked for last. */
export class KeptAnswers {
  readonly #answers = new Map<string, Answer>();

  get(key: string): Answer | null {
    const answer = this.#answers.get(key);
    if (answer === undefined) return null;
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    return answer;
  }

  keep(key: string, answer: Answer): void {
    this.#answers.set(key, answer);
    if (this.#answers.size <= KEPT_MAX) return;
    const [oldest] = this.#answers.keys();
    if (oldest !== undefined) this.#answers.delete(oldest);
  }
}
