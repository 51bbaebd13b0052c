/** When to try again, and the sentences of a verdict: written whole, never spliced. */
import type { Wording } from '../../base/language.ts';
import type { Reason } from './reasons.ts';
import type { RetryAdvice, Standing } from './verdict.ts';

/** Nothing that the sender does makes these addresses work. */
const NEVER: ReadonlySet<Reason> = new Set<Reason>([
  'user-unknown',
  'mailbox-disabled',
  'user-moved',
  'null-mx',
  'suspended',
]);

/** What a good sender does, by what failed. */
// prettier-ignore
const LATER: Partial<Record<Reason, Wording>> = {
  'mailbox-full': {
    en: 'Try this mailbox again later, with growing intervals; the other recipients of the domain need not wait.',
    ja: 'このメールボックスだけ、間隔を広げながら後で再送します。同じドメインの他の宛先を待たせる必要はありません。',
  },
  'system-full': {
    en: 'Try the other mail servers of the domain first, then this one later; the whole server is concerned.',
    ja: 'まずドメインの他のメールサーバーを試し、その後でこのサーバーに再送します。サーバー全体の問題です。',
  },
  greylisted: { en: 'Try again after some minutes, from the same address.', ja: '数分後に、同じ送信元アドレスから再送します。' },
  'rate-limited': { en: 'Try again later and send more slowly.', ja: '送信の速度を落とし、後で再送します。' },
  'too-many-connections': { en: 'Try again later with fewer connections.', ja: '接続数を減らし、後で再送します。' },
};

// prettier-ignore
const KINDS: Record<RetryAdvice['kind'], Wording> = {
  none: { en: 'There is nothing to try again.', ja: '再送の必要はありません。' },
  'at-once': { en: 'Send the remaining recipients at once in a new transaction.', ja: '残りの宛先を、新しいトランザクションですぐに送ります。' },
  later: { en: 'The sending server tries again by itself, with growing intervals.', ja: '送信側のサーバーが、間隔を広げながら自動で再送します。' },
  'after-change': { en: 'Do not send again before the cause is removed.', ja: '原因を取り除くまで再送しないでください。' },
  never: { en: 'Do not send to this address again.', ja: 'この宛先には再送しないでください。' },
};

export function retryAdvice(reason: Reason, standing: Standing): RetryAdvice {
  if (standing === 'success') return advise('none');
  if (standing === 'temporary') {
    if (reason === 'too-many-recipients') return advise('at-once');
    return { kind: 'later', text: LATER[reason] ?? KINDS.later };
  }
  return advise(NEVER.has(reason) ? 'never' : 'after-change');
}

// prettier-ignore
export const STANDINGS: Record<Standing, Wording> = {
  temporary: { en: 'The failure is temporary: the same mail may be accepted later.', ja: '一時的な失敗で、同じメールが後で受け付けられる可能性があります。' },
  permanent: { en: 'The failure is permanent: the same mail will not be accepted.', ja: '恒久的な失敗で、同じメールは受け付けられません。' },
  success: { en: 'This is no failure.', ja: 'これは失敗ではありません。' },
  unknown: { en: 'The text does not say whether the failure is temporary or permanent.', ja: '一時的な失敗か恒久的な失敗かは、この文面からは分かりません。' },
};

// prettier-ignore
export const NOTES = {
  conflict: {
    en: 'The two codes contradict each other. The first digit of the reply code decides whether to try again, the enhanced code says why.',
    ja: '2 つのコードが矛盾しています。再送の可否は応答コードの 1 桁目で、理由は拡張コードで判断します。',
  },
  'gave-up': {
    en: 'The reply was temporary, but the sending server has given up: it will not try this mail again by itself.',
    ja: '応答は一時的なものですが、送信サーバーは断念しており、このメールを自動で再送することはありません。',
  },
  'words-beat-code': {
    en: 'The words of the reply say something else than its code; the words were believed.',
    ja: '応答文とコードの意味が食い違っているため、応答文に従って判断しました。',
  },
  pseudo: {
    en: 'The number is no registered reply code; it looks like an enhanced code that lost its dots, or like a number of a gateway.',
    ja: 'この番号は登録された応答コードではありません。点の抜けた拡張コードか、ゲートウェイ独自の番号と考えられます。',
  },
  'no-reply': {
    en: 'No server answered: the failure happened on the sending side, before or outside an SMTP reply.',
    ja: 'サーバーからの応答ではありません。送信側で、SMTP の応答を得る前に起きた失敗です。',
  },
  split: {
    en: 'Another recipient was accepted before: this may be the limit of recipients for one transaction.',
    ja: '先に別の宛先が受け付けられているため、1 トランザクションの宛先数の上限の可能性があります。',
  },
} as const satisfies Record<string, Wording>;

function advise(kind: RetryAdvice['kind']): RetryAdvice {
  return { kind, text: KINDS[kind] };
}
