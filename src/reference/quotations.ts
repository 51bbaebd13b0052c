/** What real servers say with a code: a few of each provider, the rest on its page. */
import type { Language } from '../base/language.ts';
import { CATALOGUE, type Provider, type ProviderReply } from '../replies/catalogue.ts';
import type { Block, Inline, Text } from './document.ts';
import { link } from './inlines.ts';
import { speaker } from './words.ts';

export const QUOTATIONS_MAX = 12;

export interface Quotation {
  readonly provider: Provider;
  readonly reply: ProviderReply;
}

const BY_CODE = new Map<string, Quotation[]>();

for (const provider of CATALOGUE.providers) {
  for (const reply of provider.replies) {
    const { code, status } = reply;
    const keys = [
      ...(code === null ? [] : [code]),
      ...(status === null ? [] : [status, `X${status.slice(1)}`]),
      ...(code === null || status === null ? [] : [`${code} ${status}`]),
    ];
    for (const key of keys) {
      const listed = BY_CODE.get(key);
      if (listed === undefined) BY_CODE.set(key, [{ provider, reply }]);
      else listed.push({ provider, reply });
    }
  }
}

/** `452`, `4.2.2`, `X.2.2`, or `452 4.2.2`: in turns from each provider, so that none crowds out the others. */
export function quotationsOf(key: string): readonly Quotation[] {
  const all = BY_CODE.get(key) ?? [];
  const turns = new Map<string, number>();
  return all
    .map((quotation) => {
      const turn = turns.get(quotation.provider.id) ?? 0;
      turns.set(quotation.provider.id, turn + 1);
      return { quotation, turn };
    })
    .toSorted((a, b) => a.turn - b.turn)
    .slice(0, QUOTATIONS_MAX)
    .map(({ quotation }) => quotation);
}

export function providerPath(id: string): string {
  return `/smtp/provider/${id}`;
}

export function quotationsBlock(quotations: readonly Quotation[], language: Language): Block {
  return {
    kind: 'quotations',
    items: quotations.map(({ provider, reply }) => ({
      who: [link(providerPath(provider.id), provider.name[language])],
      reply: wholeReply(reply),
      meaning: reply.meaning[language],
      source: sourceOf(reply, language),
    })),
  };
}

/** The text with its codes before it, where the quotation left them out. */
export function wholeReply({ code, status, text }: ProviderReply): string {
  if (code === null || /^\d{3}[ -]/.test(text)) return text;
  return [code, text.includes(status ?? ' ') ? null : status, text].filter((part) => part !== null).join(' ');
}

function sourceOf({ source, seen }: ProviderReply, language: Language): Text {
  const say = speaker(language);
  const from: Inline = /^https?:\/\//.test(source)
    ? link(source, say('source'))
    : { kind: 'code', text: source };
  return seen === null ? [from] : [from, ` (${say('seen', { date: seen })})`];
}
