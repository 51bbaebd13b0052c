/**
 * Settings from their sources, the later winning: default, file, environment, `--set`. A key nobody knows or a
 * value that is wrong is refused, with the place, what would be right, and a near key.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse as parseToml, TomlError } from 'smol-toml';
import type { Language } from '../base/language.ts';
import { failed, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Setting } from './setting-kinds.ts';
import { SETTINGS } from './settings-table.ts';
import type { SettingKey, Settings } from './settings-table.ts';
import { lineOfKey, nearest } from './settings-places.ts';

export interface SettingSources {
  /** The TOML file, or `null`. */
  readonly file: string | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `key=value`, as given to `--set`. */
  readonly overrides: readonly string[];
  /** What relative paths stand on, but for those in the file: they stand on its folder. */
  readonly folder: string;
  readonly language: Language;
}

/** One setting as it stands, for who wants to see it. */
export interface SettingShown {
  readonly key: SettingKey;
  readonly value: string;
  readonly default: string;
  readonly unit: string;
  /** `default`, `mail.toml:12`, `RESTANTE_DATA`, `--set`. */
  readonly source: string;
  readonly about: string;
}

export interface LoadedSettings {
  readonly settings: Settings;
  readonly shown: readonly SettingShown[];
}

/** What is wrong, and where: `mail.toml:12`. */
export interface SettingFault {
  readonly place: string;
  readonly message: string;
}

interface Given {
  readonly key: string;
  /** `null`: of a type that no setting has. */
  readonly text: string | null;
  readonly place: string;
  readonly folder: string;
}

export function loadSettings(sources: SettingSources): Result<LoadedSettings, readonly SettingFault[]> {
  const { language } = sources;
  const faults: SettingFault[] = [];
  const values = new Map<SettingKey, { value: unknown; source: string; folder: string }>();
  for (const key of KEYS) {
    values.set(key, {
      value: settingOf(key).parse(settingOf(key).default),
      source: 'default',
      folder: sources.folder,
    });
  }
  for (const given of [
    ...fromFile(sources, faults),
    ...fromEnvironment(sources),
    ...fromOverrides(sources, faults),
  ]) {
    const key = KEYS.find((known) => known === given.key);
    if (key === undefined) {
      faults.push({ place: given.place, message: unknownKey(given.key, language) });
      continue;
    }
    const value = given.text === null ? undefined : settingOf(key).parse(given.text);
    if (value === undefined) {
      const expects = settingOf(key).expects[language];
      const message =
        language === 'ja'
          ? `${key}: 値が正しくありません。正しい形: ${expects}`
          : `${key}: expected ${expects}`;
      faults.push({
        place: given.place,
        message: given.text === null ? message : `${message} (${quote(given.text)})`,
      });
      continue;
    }
    values.set(key, { value, source: given.place, folder: given.folder });
  }
  if (faults.length > 0) return failed(faults);
  return ok(finish(values, language));
}

/** Each row of the table, for the documents. */
export function settingRows(language: Language): readonly SettingShown[] {
  return KEYS.map((key) => {
    const row = settingOf(key);
    const variable = row.variable ?? '';
    return {
      key,
      value: '',
      default: row.default,
      unit: row.unit,
      source: variable,
      about: row.about[language],
    };
  });
}

const KEYS = Object.keys(SETTINGS) as readonly SettingKey[];

function settingOf(key: SettingKey): Setting<unknown> {
  return SETTINGS[key];
}

/** Makes paths absolute, and shows each value. */
function finish(
  values: ReadonlyMap<SettingKey, { value: unknown; source: string; folder: string }>,
  language: Language,
): LoadedSettings {
  const settings: Record<string, unknown> = {};
  const data = values.get('data');
  const dataFolder = resolve(data?.folder ?? '.', String(data?.value));
  const shown: SettingShown[] = [];
  for (const [key, { value, source, folder }] of values) {
    const row = settingOf(key);
    const isPath = row.unit === 'path' && value !== '-' && value !== '';
    const final = isPath ? resolve(folder, String(value).replace(/^\{data\}/, dataFolder)) : value;
    settings[key] = final;
    const { unit } = row;
    shown.push({
      key,
      value: row.write(final),
      default: row.default,
      unit,
      source,
      about: row.about[language],
    });
  }
  return { settings: settings as unknown as Settings, shown };
}

function fromFile(sources: SettingSources, faults: SettingFault[]): readonly Given[] {
  const { file, language } = sources;
  if (file === null) return [];
  const path = resolve(sources.folder, file);
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    faults.push({
      place: file,
      message: language === 'ja' ? `読み込めません: ${why}` : `cannot be read: ${why}`,
    });
    return [];
  }
  try {
    const given: Given[] = [];
    for (const [key, value] of leaves(parseToml(content), [])) {
      const line = lineOfKey(content, key);
      const place = line === null ? file : `${file}:${line}`;
      given.push({ key: key.join('.'), text: textOf(value), place, folder: dirname(path) });
    }
    return given;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = ''] = error.message.split('\n');
    faults.push({ place: `${file}:${error.line}:${error.column}`, message: what });
    return [];
  }
}

function fromEnvironment(sources: SettingSources): readonly Given[] {
  return KEYS.flatMap((key) => {
    const variable = settingOf(key).variable;
    const text = variable === undefined ? undefined : sources.environment[variable];
    if (variable === undefined || text === undefined || text === '') return [];
    return [{ key, text, place: variable, folder: sources.folder }];
  });
}

function fromOverrides(sources: SettingSources, faults: SettingFault[]): readonly Given[] {
  return sources.overrides.flatMap((override) => {
    const at = override.indexOf('=');
    if (at > 0) {
      const key = override.slice(0, at).trim();
      return [{ key, text: override.slice(at + 1).trim(), place: '--set', folder: sources.folder }];
    }
    const message = sources.language === 'ja' ? 'key=value の形で指定してください。' : 'expected key=value';
    faults.push({ place: '--set', message: `${message} (${quote(override)})` });
    return [];
  });
}

/** Every value of the file with the names that lead to it. */
function* leaves(table: object, path: readonly string[]): Generator<readonly [readonly string[], unknown]> {
  for (const [name, value] of Object.entries(table) as [string, unknown][]) {
    const here = [...path, name];
    const isTable =
      typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
    // A table under the name of a setting is a wrong value of it, not a group of unknown keys.
    if (isTable && !KEYS.some((key) => key === here.join('.'))) yield* leaves(value, here);
    else yield [here, value];
  }
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(',');
  return null;
}

function unknownKey(key: string, language: Language): string {
  const near = nearest(key, KEYS);
  if (language === 'ja') {
    const hint = near === null ? '' : `「${near}」のことでしょうか。`;
    return `${key}: このような設定はありません。${hint}一覧は restante settings で見られます。`;
  }
  return `${key}: no such setting.${near === null ? '' : ` Did you mean ${near}?`} "restante settings" lists them all`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
