/** The languages this product speaks to people. (Over the SMTP wire it is ASCII English.) */
export const LANGUAGES = ['en', 'ja'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A text in each of them. */
export interface Wording {
  readonly en: string;
  readonly ja: string;
}

/** POSIX: LC_ALL wins over LC_MESSAGES, and that over LANG. */
export function languageOf(environment: Readonly<Record<string, string | undefined>>): Language {
  const locale = environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'] || '';
  return /^ja(?:[_.@-]|$)/i.test(locale) ? 'ja' : 'en';
}
