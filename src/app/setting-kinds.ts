/** The kinds of values that settings have: how each is read from text, written back, and explained to who got it wrong. */
import { BlockList, isIP } from 'node:net';
import type { Wording } from '../base/language.ts';
import { parseDuration, parseOctets, writeDuration, writeOctets } from '../base/quantity.ts';

/** One row of the table of settings. */
export interface Setting<T> {
  /** As it would be written in the file. */
  readonly default: string;
  readonly unit: string;
  /** `undefined`: not a value of this kind. (`null` is a value: off.) */
  parse(text: string): T | undefined;
  write(value: T): string;
  /** What would be right, for the message about what is not. */
  readonly expects: Wording;
  readonly about: Wording;
  /** An environment variable that sets it, too. */
  readonly variable?: string;
}

/** What every row says of itself. */
interface Row {
  readonly default: string;
  readonly about: Wording;
  readonly variable?: string;
}

export interface Listen {
  readonly host: string;
  readonly port: number;
}

export function octets(row: Row & { readonly min?: number; readonly max?: number }): Setting<number> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = row;
  const bounds =
    max === Number.MAX_SAFE_INTEGER ? `≥ ${writeOctets(min)}` : `${writeOctets(min)} … ${writeOctets(max)}`;
  return {
    ...base(row),
    unit: 'octets',
    parse: (text) => within(parseOctets(text), min, max),
    write: writeOctets,
    expects: {
      en: `a size such as "25MiB", "1MB" or 65536, ${bounds}`,
      ja: `"25MiB"、"1MB"、65536 のようなサイズ (${bounds})`,
    },
  };
}

/** A size, or `auto`, which is `null`: the program chooses. */
export function octetsOrAuto(row: Row): Setting<number | null> {
  const of = octets(row);
  return {
    ...of,
    parse: (text) => (text === 'auto' ? null : of.parse(text)),
    write: (value) => (value === null ? 'auto' : writeOctets(value)),
    expects: { en: `${of.expects.en}, or "auto"`, ja: `${of.expects.ja}、または "auto"` },
  };
}

export function duration(row: Row & { readonly min?: number; readonly max?: number }): Setting<number> {
  const { min = 0, max = 3650 * 86_400_000 } = row;
  const bounds = `${writeDuration(min)} … ${writeDuration(max)}`;
  return {
    ...base(row),
    unit: 'ms, s, min, h, d',
    parse: (text) => within(parseDuration(text), min, max),
    write: writeDuration,
    expects: {
      en: `a duration with its unit such as "5min", "90s" or "30d", ${bounds}`,
      ja: `"5min"、"90s"、"30d" のような単位付きの時間 (${bounds})`,
    },
  };
}

export function count(row: Row & { readonly min?: number; readonly max?: number }): Setting<number> {
  const { min = 0, max = 1_000_000_000 } = row;
  return {
    ...base(row),
    unit: '',
    parse: (text) => (/^\d{1,12}$/.test(text) ? within(Number(text), min, max) : undefined),
    write: String,
    expects: { en: `a whole number, ${min} … ${max}`, ja: `整数 (${min} … ${max})` },
  };
}

/** A count, or `off`, which is `null`. */
export function countOrOff(row: Row & { readonly min: number }): Setting<number | null> {
  const of = count(row);
  return {
    ...base(row),
    unit: '',
    parse: (text) => (text === 'off' ? null : of.parse(text)),
    write: (value) => (value === null ? 'off' : String(value)),
    expects: { en: `${of.expects.en}, or "off"`, ja: `${of.expects.ja}、または "off"` },
  };
}

/** `10%` is 0.1. */
export function share(row: Row & { readonly max?: number }): Setting<number> {
  const { max = 1 } = row;
  return {
    ...base(row),
    unit: '%',
    parse: (text) => {
      const found = /^(\d{1,3}(?:\.\d{1,6})?) ?%$/.exec(text);
      return found === null ? undefined : within(Number(found[1]) / 100, 0, max);
    },
    write: (value) => `${Number((value * 100).toFixed(6))}%`,
    expects: {
      en: `a share such as "10%" or "0.5%", 0% … ${max * 100}%`,
      ja: `"10%"、"0.5%" のような割合 (0% … ${max * 100}%)`,
    },
  };
}

export function flag(row: Row): Setting<boolean> {
  return {
    ...base(row),
    unit: '',
    parse: (text) =>
      text === 'true' || text === 'on' ? true : text === 'false' || text === 'off' ? false : undefined,
    write: String,
    expects: { en: 'true or false', ja: 'true または false' },
  };
}

export function choice<const Choice extends string>(
  row: Row & { readonly of: readonly Choice[] },
): Setting<Choice> {
  return {
    ...base(row),
    unit: '',
    parse: (text) => row.of.find((one) => one === text),
    write: String,
    expects: { en: `one of ${row.of.join(', ')}`, ja: `${row.of.join('、')} のいずれか` },
  };
}

/** Where to listen; `off` is `null`. */
export function listen(row: Row): Setting<Listen | null> {
  return {
    ...base(row),
    unit: 'address:port',
    parse: (text) => (text === 'off' ? null : parseListen(text)),
    write: (value) => (value === null ? 'off' : writeListen(value)),
    expects: {
      en: '"127.0.0.1:2525", "[::1]:25" or "off"',
      ja: '"127.0.0.1:2525"、"[::1]:25"、または "off"',
    },
  };
}

export function networks(row: Row): Setting<readonly string[]> {
  return {
    ...base(row),
    unit: 'CIDR',
    parse: (text) => (text === '' ? [] : listOf(text, parseNetwork)),
    write: (value) => value.join(','),
    expects: {
      en: 'networks such as ["10.0.0.0/8", "::1/128"]',
      ja: '["10.0.0.0/8", "::1/128"] のようなネットワーク',
    },
  };
}

/** Values of one kind: a list of strings in the file, parted by commas elsewhere. */
export function list<T>(
  row: Row & {
    readonly unit: string;
    readonly expects: Wording;
    /** `null`: it is none. */
    readonly parse: (part: string) => T | null;
    readonly write: (value: T) => string;
  },
): Setting<readonly T[]> {
  return {
    ...base(row),
    unit: row.unit,
    parse: (text) => (text === '' ? [] : listOf(text, (part) => row.parse(part) ?? undefined)),
    write: (values) => values.map(row.write).join(','),
    expects: row.expects,
  };
}

/** A path; `{data}` at its start is the data directory. */
export function path(row: Row): Setting<string> {
  return {
    ...base(row),
    unit: 'path',
    parse: (text) => (text === '' || text.includes('\0') ? undefined : text),
    write: String,
    expects: { en: 'a path', ja: 'パス' },
  };
}

/** A path, or nothing. */
export function pathOrNone(row: Row): Setting<string> {
  return {
    ...path(row),
    parse: (text) => (text.includes('\0') ? undefined : text),
    expects: { en: 'a path, or "" for none', ja: 'パス、または指定しない場合は ""' },
  };
}

export function word(row: Row & { readonly shape: RegExp; readonly expects: Wording }): Setting<string> {
  return {
    ...base(row),
    unit: '',
    parse: (value) => (row.shape.test(value) ? value : undefined),
    write: String,
    expects: row.expects,
  };
}

export function writeListen(at: Listen): string {
  return at.host.includes(':') ? `[${at.host}]:${at.port}` : `${at.host}:${at.port}`;
}

function base(row: Row): Row {
  return {
    default: row.default,
    about: row.about,
    ...(row.variable === undefined ? {} : { variable: row.variable }),
  };
}

function within(value: number | null, min: number, max: number): number | undefined {
  return value !== null && value >= min && value <= max ? value : undefined;
}

function listOf<T>(text: string, parse: (part: string) => T | undefined): readonly T[] | undefined {
  const values = text.split(',').map((part) => parse(part.trim()));
  const right = values.filter((value) => value !== undefined);
  return right.length === values.length ? right : undefined;
}

function parseListen(text: string): Listen | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+|localhost)):(\d{1,5})$/i.exec(text);
  if (found === null) return undefined;
  const host = found[1] ?? found[2] ?? '';
  const port = Number(found[3]);
  if (port > 65535 || (host !== 'localhost' && isIP(host) === 0)) return undefined;
  return { host, port };
}

function parseNetwork(text: string): string | undefined {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  const whole = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? whole : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (family === 0 || rest.length > 0 || prefix < 0 || prefix > whole) return undefined;
  new BlockList().addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return `${address}/${prefix}`;
}
