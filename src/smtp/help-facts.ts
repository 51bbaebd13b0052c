/** What HELP STATUS tells and only the services know. */
export interface HelpFacts {
  /** `mail`: accepting; `postmaster`: short of storage, mail to postmaster only; `nothing`: no mail now; `closing`. */
  readonly accepting: 'mail' | 'postmaster' | 'nothing' | 'closing';
  /** UTC, `2026-11-23T18:00:00Z`. */
  readonly now: string;
  /** The version of TLS, like `TLSv1.3`; `null` when it is off, or not known. */
  readonly tls: string | null;
}
