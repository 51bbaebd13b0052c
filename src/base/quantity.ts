/** Octets and durations as people write them (`25MiB`, `1MB`, `5min`, `30d`), read and written. */

const OCTET_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `1MB` is 10^6 octets and `1MiB` 2^20; a bare number is octets. `null`: not a size. */
export function parseOctets(text: string): number | null {
  return read(text, OCTET_UNITS);
}

/** Milliseconds. A bare number is refused, but for `0`: nobody knows its unit. */
export function parseDuration(text: string): number | null {
  return text.trim() === '0' ? 0 : read(text, DURATION_UNITS);
}

/** The shortest exact form: `25MiB`, `1MB`, `1234`. */
export function writeOctets(octets: number): string {
  return write(octets, [
    ['TiB', 2 ** 40],
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['GB', 1e9],
    ['MB', 1e6],
    ['KiB', 2 ** 10],
    ['kB', 1e3],
  ]);
}

/** The shortest exact form: `30d`, `5min`, `1500ms`. */
export function writeDuration(ms: number): string {
  const text = write(ms, [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ]);
  return /\d$/.test(text) && ms !== 0 ? `${text}ms` : text;
}

/** For reading, not exact: `1.2 MiB`. */
export function aboutOctets(octets: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = octets;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || Math.abs(value) >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
}

function read(text: string, units: Readonly<Record<string, number>>): number | null {
  const found = /^(\d{1,15}(?:\.\d{1,9})?) ?([a-z]*)$/i.exec(text.trim());
  if (found === null) return null;
  const unit = (found[2] ?? '').toLowerCase();
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (factor === undefined) return null;
  const value = Math.round(Number(found[1]) * factor);
  return Number.isSafeInteger(value) ? value : null;
}

function write(value: number, units: readonly (readonly [string, number])[]): string {
  for (const [unit, factor] of units) {
    if (value >= factor && value % factor === 0) return `${value / factor}${unit}`;
  }
  return String(value);
}
