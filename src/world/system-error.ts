/** What the operating system calls a failure: `EADDRINUSE`, `ENOENT`. */

/** `null`: it is none of the system's. */
export function systemErrorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : null;
}
