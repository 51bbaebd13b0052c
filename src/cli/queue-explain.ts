/** `restante queue explain`: what happened to a message that is still here, what that means, when it goes on, and why then. */
import type { Answer } from '../http/contract.ts';
import { explainBasicCode, explainEnhancedCode } from '../replies/explain.ts';
import { showTime } from './cli.ts';
import type { Cli } from './cli.ts';
import { CAUSE_WORDS, type Queued, span } from './queue-words.ts';
import { speaker } from './words.ts';

const WORDS = {
  message: {
    en: 'Message {id}, from <{from}>, queued {at} ({age} ago), {size} octets',
    ja: 'メール {id} (差出人 <{from}>、{at} に受け付け、{age}前、{size} オクテット)',
  },
  to: { en: 'To {to}', ja: '宛先 {to}' },
  fresh: { en: 'It has not been tried yet.', ja: 'まだ配送を試みていません。' },
  local: {
    en: 'It waits for room in this mailbox of ours, and arrives as soon as there is some.',
    ja: 'このサーバーのメールボックスが空くのを待っています。空き次第すぐに届きます。',
  },
  held: {
    en: 'It is held: nothing happens until `restante queue release`.',
    ja: '保留中です。`restante queue release` を実行するまで配送しません。',
  },
  last: {
    en: 'What happened: {at}, attempt {attempts}, at {phase}: {cause}.',
    ja: '経過: {at}、{attempts} 回目の試行、段階 {phase}: {cause}。',
  },
  said: { en: '{host} said: {code} {status} {text}', ja: '{host} の応答: {code} {status} {text}' },
  found: { en: 'We found: {text}', ja: '状況: {text}' },
  means: { en: 'It means: {gist}', ja: '意味: {gist}' },
  also: { en: '{status}: {gist}', ja: '{status}: {gist}' },
  next: { en: 'Next try: {at} (in {wait}).', ja: '次の試行: {at} ({wait}後)。' },
  soon: { en: 'Next try: now.', ja: '次の試行: まもなく。' },
  why: {
    en: 'Why then: the same reason {step} {step:time|times} in a row, after which we wait about {wait}; after the next about {following}, and never longer than {longest}.',
    ja: 'その時刻の理由: 同じ理由が {step} 回続いたため、約{wait}待ちます。次は約{following}、最長でも{longest}です。',
  },
  steady: {
    en: 'Why then: the same reason {step} times in a row; we have come to the longest wait for it, about {wait}.',
    ja: 'その時刻の理由: 同じ理由が {step} 回続き、最長の待ち時間 (約{wait}) に達しています。',
  },
  blocked: {
    en: 'The destination {destination} as a whole is left alone until {until}: {cause} ({text}). Then one connection finds out.',
    ja: '宛先 {destination} への配送は {until} まで全体を止めています。{cause} ({text})。その後、接続を 1 つだけ張って確かめます。',
  },
  notice: { en: 'Its sender is told of the delay at {at}.', ja: '{at} に差出人へ遅延を知らせます。' },
  noticed: {
    en: 'Its sender has been told of the delay, or need not be.',
    ja: '差出人には遅延を知らせました (または知らせる必要がありません)。',
  },
  ends: {
    en: 'It is returned to its sender at {at}, if it has not been delivered by then.',
    ja: '{at} までに届かなければ、差出人に返送します。',
  },
  can: {
    en: 'You can: restante queue retry --id {id} | hold | fail (return it now) | delete',
    ja: '操作: restante queue retry --id {id} | hold | fail (今すぐ返送) | delete',
  },
};

export function explainQueued({ console, host }: Cli, { entries, blocked }: Answer<'showQueued'>): void {
  const say = speaker(WORDS, console.language);
  const now = host.now();
  const [first] = entries;
  if (first === undefined) return;
  const { id, sender, queuedAt, size } = first;
  const age = span(now - queuedAt, console.language);
  console.line(say('message', { id, from: sender, at: showTime(queuedAt), age, size }));
  for (const entry of entries) {
    console.line('');
    for (const line of linesOf(entry)) console.line(line);
    if (blocked !== null && !entry.local) console.line(`  ${blockedLine()}`);
  }
  console.line('');
  console.line(say('can', { id }));

  function blockedLine(): string {
    if (blocked === null) return '';
    const { destination, until, retry } = blocked;
    const cause = CAUSE_WORDS[retry.cause][console.language];
    return say('blocked', { destination, until: showTime(until), cause, text: retry.last.text });
  }

  function linesOf(entry: Queued): readonly string[] {
    const { recipient, retry, held, local, noticeAt, expiresAt } = entry;
    const state = local ? [say('local')] : retry === null ? [say('fresh')] : tried(entry);
    const notice = noticeAt === null ? say('noticed') : say('notice', { at: showTime(noticeAt) });
    const ends = [notice, say('ends', { at: showTime(expiresAt) })];
    return [
      say('to', { to: recipient }),
      ...[...state, ...(held ? [say('held')] : ends)].map((line) => `  ${line}`),
    ];
  }

  function tried({ retry, why, held }: Queued): readonly string[] {
    if (retry === null) return [];
    const { last, attempts, cause } = retry;
    const { host: peer, code, status, text, phase, at } = last;
    const what = { at: showTime(at), attempts, phase, cause: CAUSE_WORDS[cause][console.language] };
    return [
      say('last', what),
      code === null ? say('found', { text }) : say('said', { host: peer, code, status, text }),
      ...meaning(code, status),
      ...(held ? [] : next(retry.due, why)),
    ];
  }

  function meaning(code: string | null, status: string): readonly string[] {
    if (code === null) return [];
    const basic = explainBasicCode(code);
    const enhanced = explainEnhancedCode(status);
    return [
      ...(basic === null ? [] : [say('means', { gist: basic.gist[console.language] })]),
      ...(enhanced === null ? [] : [say('also', { status, gist: enhanced.gist[console.language] })]),
    ];
  }

  function show(ms: number): string {
    return span(ms, console.language);
  }

  function next(due: number, why: Queued['why']): readonly string[] {
    if (due <= now || why === null) return [say('soon')];
    const facts = {
      step: why.step,
      wait: show(why.waitMs),
      following: show(why.nextWaitMs),
      longest: show(why.longestWaitMs),
    };
    return [
      say('next', { at: showTime(due), wait: show(due - now) }),
      say(why.steady ? 'steady' : 'why', facts),
    ];
  }
}
