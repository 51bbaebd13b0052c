/** Why a server or a command cannot begin, said so that it can be mended. */
import type { Language, Wording } from '../base/language.ts';
import { CERTIFICATE_FAULTS } from '../cli/certificate-words.ts';
import { CliFailure, EXIT } from '../cli/failure.ts';
import type { ExitCode } from '../cli/failure.ts';
import { CertificateFailure } from '../services/certificates.ts';
import { DiskFailure } from '../world/disk.ts';
import { systemErrorCode } from '../world/system-error.ts';
import { ControlFailure, controlPid } from './control.ts';
import { writeListen } from './setting-kinds.ts';
import type { LoadedSettings } from './settings.ts';

const WORDS = {
  portInUse: {
    en: '{setting}: {address} is in use already. Another server? Choose another one with --set {setting}=127.0.0.1:PORT, or "off"',
    ja: '{setting}: {address} はすでに使われています。別のサーバーが動いていませんか。--set {setting}=127.0.0.1:PORT で別のポートにするか、"off" を指定してください。',
  },
  portForbidden: {
    en: '{setting}: {address} may not be listened on (ports below 1024 need a privilege)',
    ja: '{setting}: {address} で待ち受ける権限がありません (1024 未満のポートには特権が必要です)。',
  },
  noAddress: {
    en: '{setting}: {address} is no address of this machine',
    ja: '{setting}: {address} はこのマシンのアドレスではありません。',
  },
  locked: {
    en: '{data} is in use by another process{pid}, and it does not answer on its control socket. Stop it, or wait until it has started',
    ja: '{data} は別のプロセス{pid}が使用中で、制御ソケットに応答しません。そのプロセスを停止するか、起動が終わるまでお待ちください。',
  },
  controlSocket: {
    en: 'control.socket: there can be no socket: {why}. Name a short path that can be written, with --set control.socket=PATH',
    ja: 'control.socket: ソケットを作れません ({why})。書き込み可能な短いパスを --set control.socket=PATH で指定してください。',
  },
  noData: {
    en: 'there is no data in {data}. Start the server first (restante serve), or name another data directory with --set data=DIRECTORY or RESTANTE_DATA',
    ja: '{data} にデータがありません。先にサーバーを起動するか (restante serve)、--set data=DIRECTORY または RESTANTE_DATA で別のデータディレクトリを指定してください。',
  },
  notWritable: {
    en: 'the data directory {data} cannot be written: {why}',
    ja: 'データディレクトリ {data} に書き込めません: {why}',
  },
  full: {
    en: 'no space left for the data directory {data}',
    ja: 'データディレクトリ {data} の空き容量がありません。',
  },
  certificate: {
    en: 'tls.certificate, tls.key, tls.certificates: {file} cannot be used: {why}',
    ja: 'tls.certificate、tls.key、tls.certificates: {file} を使えません: {why}',
  },
  disk: {
    en: 'the data directory {data} cannot be used: {why}',
    ja: 'データディレクトリ {data} を使えません: {why}',
  },
} as const satisfies Record<string, Wording>;

const LISTENING = [
  'smtp.listen',
  'lmtp.listen',
  'submission.listen',
  'submissions.listen',
  'http.listen',
] as const;

/** A command has nothing to work on: it does not make what only a server begins. */
export function noData({ settings }: LoadedSettings, language: Language): CliFailure {
  const message = WORDS.noData[language].replace('{data}', () => settings.data);
  return new CliFailure(EXIT.unreachable, message, { type: 'noData' });
}

/** Anything else is a bug, and stays what it is. */
export function startFailure(error: unknown, { settings }: LoadedSettings, language: Language): unknown {
  const { data } = settings;
  const fail = (
    code: ExitCode,
    word: keyof typeof WORDS,
    blanks: Readonly<Record<string, string>>,
  ): CliFailure => {
    const message = WORDS[word][language].replaceAll(/\{(\w+)\}/g, (_, name: string) => blanks[name] ?? '');
    return new CliFailure(code, message, { type: word, cause: error });
  };
  if (error instanceof DiskFailure) {
    if (error.problem === 'in-use') {
      const pid = controlPid({ data, socket: settings['control.socket'] });
      return fail(EXIT.unreachable, 'locked', { data, pid: pid === null ? '' : ` (${pid})` });
    }
    if (error.problem === 'no-space') return fail(EXIT.failure, 'full', { data });
    const word = error.problem === 'read-only' ? 'notWritable' : 'disk';
    return fail(EXIT.failure, word, { data, why: error.message });
  }
  if (error instanceof CertificateFailure) {
    const { file, reason } = error.fault;
    return fail(EXIT.usage, 'certificate', { file, why: CERTIFICATE_FAULTS[reason][language] });
  }
  if (error instanceof ControlFailure) return fail(EXIT.failure, 'controlSocket', { why: error.message });
  const code = systemErrorCode(error);
  if (code === null || !(error instanceof Error)) return error;
  const setting = settingOf(error, settings);
  if (setting !== null) {
    const at = settings[setting];
    const blanks = { setting, address: at === null ? '' : writeListen(at) };
    if (code === 'EADDRINUSE') return fail(EXIT.failure, 'portInUse', blanks);
    if (code === 'EACCES') return fail(EXIT.failure, 'portForbidden', blanks);
    if (code === 'EADDRNOTAVAIL') return fail(EXIT.failure, 'noAddress', blanks);
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') return fail(EXIT.failure, 'full', { data });
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(code)) {
    return fail(EXIT.failure, 'notWritable', { data, why: error.message });
  }
  return fail(EXIT.failure, 'disk', { data, why: error.message });
}

/** Which listener it was: the error bears the address. */
function settingOf(error: Error, settings: LoadedSettings['settings']): (typeof LISTENING)[number] | null {
  if (!('syscall' in error) || error.syscall !== 'listen' || !('port' in error)) return null;
  return LISTENING.find((key) => settings[key]?.port === error.port) ?? null;
}
