/** What happened at an attempt, in few words that are safe to keep and to print. */
import type { Instant } from '../base/instant.ts';
import type { Failure, LastWords, Meaning } from '../policy/retry.ts';
import { peerText } from '../world/log.ts';

const TEXT_MAX = 500;
const NETWORK = {
  refused: 'connection refused',
  unreachable: 'network unreachable',
  timeout: 'timed out',
  closed: 'connection closed by the peer',
  reset: 'connection reset by the peer',
} as const;
const UNSUPPORTED = {
  smtputf8: 'the peer does not offer SMTPUTF8, which this message needs',
  '8bitmime': 'the peer does not offer 8BITMIME, which this message needs',
  binarymime: 'the peer does not offer BINARYMIME, which this message needs',
  size: 'the message is larger than the SIZE that the peer announces',
} as const;

export function lastWordsOf(failure: Failure, { status }: Meaning, at: Instant): LastWords {
  switch (failure.type) {
    case 'replied': {
      const { phase, host, reply } = failure;
      const text = peerText(reply.lines.join(' '), TEXT_MAX);
      return { at, phase, host, code: reply.code, status: reply.status ?? status, text };
    }
    case 'network':
      return words(failure.phase, failure.host, NETWORK[failure.error]);
    case 'route':
      return words('route', '', failure.text);
    case 'tls':
      return words('starttls', failure.host, failure.text);
    case 'unsupported':
      return words('hello', failure.host, UNSUPPORTED[failure.what]);
    case 'local':
      return words('route', '', failure.text);
  }

  function words(phase: LastWords['phase'], host: string, text: string): LastWords {
    return { at, phase, host, code: null, status, text: peerText(text, TEXT_MAX) };
  }
}
