/** The real log: JSON lines by pino, into a `LogFile`. */
import { pino, stdSerializers, stdTimeFunctions } from 'pino';
import type { Log, LogFields } from './log.ts';
import type { LogFile } from './log-file.ts';

export function pinoLog(to: LogFile, level: 'debug' | 'info' | 'warn' | 'error'): Log {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      serializers: { error: stdSerializers.errWithCause },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    to,
  );
  return {
    debug: (event: string, fields?: LogFields) => logger.debug(fields, event),
    info: (event: string, fields?: LogFields) => logger.info(fields, event),
    warn: (event: string, fields?: LogFields) => logger.warn(fields, event),
    error: (event: string, fields?: LogFields) => logger.error(fields, event),
  };
}
