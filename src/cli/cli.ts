/** What every command gets: the console, the way to the server, and how options are read. */
import { InvalidArgumentError } from 'commander';
import type { Language } from '../base/language.ts';
import { aboutOctets, parseDuration, parseOctets, writeOctets } from '../base/quantity.ts';
import type { ApiClient } from './api-client.ts';
import type { Console } from './console.ts';
import type { TlsProbed, TlsTarget } from './tls-probed.ts';
import { speaker } from './words.ts';
import type { Say } from './words.ts';

export interface SettingRow {
  readonly key: string;
  readonly value: string;
  readonly default: string;
  readonly unit: string;
  readonly source: string;
  readonly about: string;
}

/** Options that every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly set?: readonly string[];
}

/** What `src/app` lends the command line, which knows neither the store nor the services. */
export interface CliHost {
  /** Speaks to the running server, or else opens the data itself. Fails with a `CliFailure`. */
  connect(options: GlobalOptions, language: Language): Promise<ApiClient>;
  /** Runs the server until it is told to stop. */
  serve(options: GlobalOptions, language: Language): Promise<number>;
  settings(options: GlobalOptions, language: Language): readonly SettingRow[];
  /** Connects as a client, and looks at what it meets. */
  probeTls(target: TlsTarget): Promise<TlsProbed>;
  now(): number;
  readonly version: string;
}

export interface Cli {
  readonly console: Console;
  readonly host: CliHost;
  readonly options: () => GlobalOptions;
  readonly api: () => Promise<ApiClient>;
}

const WORDS = {
  octets: {
    en: 'expected a size such as 1MB or 1MiB.',
    ja: '1MB や 1MiB のようなサイズを指定してください。',
  },
  age: { en: 'expected an age such as 30d or 12h.', ja: '30d や 12h のような期間を指定してください。' },
  count: { en: 'expected a whole number.', ja: '整数を指定してください。' },
  uids: { en: 'expected UIDs such as 3 or 1,4-9.', ja: '3 や 1,4-9 のような UID を指定してください。' },
  none: { en: 'none', ja: 'なし' },
};

const UIDS_MAX = 2000;

/** Readers of option values. They complain in commander's way, which names the option. */
export class Readers {
  readonly #say: Say<typeof WORDS>;

  constructor(language: Language) {
    this.#say = speaker(WORDS, language);
  }

  readonly octets = (text: string): number => {
    if (text === 'none') return 0;
    return parseOctets(text) ?? this.#refuse('octets');
  };

  readonly age = (text: string): number => parseDuration(text) ?? this.#refuse('age');

  readonly count = (text: string): number => {
    if (text === 'none') return 0;
    return /^\d{1,12}$/.test(text) ? Number(text) : this.#refuse('count');
  };

  /** `1,4-6` is `1,4,5,6`, as the API wants it. */
  readonly uids = (text: string): string => {
    const uids: number[] = [];
    for (const part of text.split(',')) {
      const found = /^(\d{1,12})(?:-(\d{1,12}))?$/.exec(part.trim());
      if (found === null) return this.#refuse('uids');
      const last = Number(found[2] ?? found[1]);
      for (let uid = Number(found[1]); uid <= last; uid++) {
        if (uids.push(uid) > UIDS_MAX) return this.#refuse('uids');
      }
    }
    return uids.join(',');
  };

  #refuse(word: keyof typeof WORDS): never {
    throw new InvalidArgumentError(this.#say(word));
  }
}

export function showLimit(octets: number, language: Language): string {
  if (octets === 0) return WORDS.none[language];
  // A limit is shown as it was given: 1MB is not 977 KiB.
  const exact = writeOctets(octets);
  return /\d$/.test(exact) || exact.length > 7 ? aboutOctets(octets) : exact;
}

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const DECIMAL = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Figures to be compared: in one unit, that of the largest, decimal when that one is a round decimal; and each exactly. */
export function octetsAlike(figures: readonly number[]): string[] {
  const largest = Math.max(...figures);
  const last = figures.at(-1) ?? 0;
  const isDecimal = /\d[kMG]B$/.test(writeOctets(last));
  const [base, units] = isDecimal ? [1000, DECIMAL] : [1024, BINARY];
  let power = 0;
  while (largest >= base ** (power + 1) && power < units.length - 1) power++;
  return figures.map((octets) => {
    const value = octets / base ** power;
    return power === 0 ? `${octets} B` : `${value.toFixed(2)} ${units[power] ?? ''} (${octets} B)`;
  });
}

export function showCount(count: number, language: Language): string {
  return count === 0 ? WORDS.none[language] : String(count);
}

export function showTime(instant: number | null): string {
  return instant === null ? '–' : new Date(instant).toISOString().replace('T', ' ').slice(0, 19);
}

export function showShare(part: number, whole: number): string {
  return whole === 0 ? '–' : `${Math.floor((part / whole) * 100)}%`;
}
