/** Texts of the command line, in the language of who reads them. Each command has its own table of them. */
import type { Language, Wording } from '../base/language.ts';

export type Words = Readonly<Record<string, Wording>>;

/** Fills the blanks `{name}`; `{name:one|many}` is the word for one of them, or for any other number. */
export function fill(text: string, blanks: Readonly<Record<string, string | number>> = {}): string {
  const worded = text.replaceAll(
    /\{(\w+):([^|}]*)\|([^}]*)\}/g,
    (_, name: string, one: string, many: string) => (blanks[name] === 1 ? one : many),
  );
  return worded.replaceAll(/\{(\w+)\}/g, (blank, name: string) => String(blanks[name] ?? blank));
}

export type Say<W extends Words> = (
  word: keyof W,
  blanks?: Readonly<Record<string, string | number>>,
) => string;

export function speaker<W extends Words>(words: W, language: Language): Say<W> {
  return (word, blanks) => fill(words[word]?.[language] ?? '', blanks);
}
