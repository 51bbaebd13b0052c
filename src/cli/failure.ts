/** How a command ends badly, and the exit codes that scripts may count on. */

// prettier-ignore
export const EXIT = {
  ok:          0,
  failure:     1, // the disk, the network, a bug
  usage:       2, // wrong options, wrong settings
  notFound:    3,
  unreachable: 4, // no server, or its data is locked
  refused:     5, // exists already, in use, over quota, invalid
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command: `main` prints the message and leaves with the code. */
export class CliFailure extends Error {
  override name = 'CliFailure';
  readonly exitCode: ExitCode;
  /** For `--json`; stable. */
  readonly type: string;

  constructor(
    exitCode: ExitCode,
    message: string,
    options?: { readonly type?: string; readonly cause?: unknown },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = exitCode;
    this.type = options?.type ?? 'failure';
  }
}
