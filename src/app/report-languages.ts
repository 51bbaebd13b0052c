/** In which language reports are written to whom: the rules of the setting `reports.languages`. */
import type { Language } from '../base/language.ts';

export interface ReportLanguage {
  /** `user@domain`, `domain`, or `*`; in lower case. */
  readonly who: string;
  readonly language: Language;
}

/** `null`: it is none. */
export function parseReportLanguage(text: string): ReportLanguage | null {
  const found = /^(\*|[^\s@]{1,64}@[^\s@]{1,255}|[^\s@]{1,255}) (en|ja)$/.exec(text.trim());
  if (found === null) return null;
  return { who: (found[1] ?? '').toLowerCase(), language: found[2] === 'ja' ? 'ja' : 'en' };
}

export function writeReportLanguage({ who, language }: ReportLanguage): string {
  return `${who} ${language}`;
}

/** The rule that names an address most closely; `null`: none does. */
export function languageOf(rules: readonly ReportLanguage[]): (address: string) => Language | null {
  const known = new Map(rules.map(({ who, language }) => [who, language]));
  return (address) => {
    const whole = address.toLowerCase();
    const domain = whole.slice(whole.lastIndexOf('@') + 1);
    return known.get(whole) ?? known.get(domain) ?? known.get('*') ?? null;
  };
}
