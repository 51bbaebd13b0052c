/** What one listener offers its sessions. Made once a listener; the session machine, EHLO and HELP read the same one. */

export interface Profile {
  /** `submission` is SMTP for the users of this server: RFC 6409. */
  readonly protocol: 'smtp' | 'lmtp' | 'submission';
  /** `starttls`: begins when the client asks (RFC 3207); `implicit`: before the greeting (RFC 8314 §3.3). */
  readonly tls: 'off' | 'starttls' | 'implicit';
  /** AUTH of RFC 4954; `required`: no MAIL without it. */
  readonly auth: 'off' | 'offered' | 'required';
  /** The name this server greets with: RFC 5321 §4.1.1.1. */
  readonly host: string;
  /** The fixed maximum of SIZE, octets: RFC 1870 §4. */
  readonly messageSizeMax: number;
  /** RCPT commands that may succeed in one transaction: RFC 5321 §4.5.3.1.8, RCPTMAX of RFC 9422. */
  readonly recipientMax: number;
  /** Recipients beyond which a message is refused for good (550 5.5.3), or `null`: a site's policy. */
  readonly recipientForbiddenAt: number | null;
  /** MAIL commands in one session: MAILMAX of RFC 9422. */
  readonly mailMax: number;
  readonly help: {
    readonly level: 'off' | 'minimal' | 'full';
    readonly showVersion: boolean;
    readonly version: string;
    /** Who answers for this server, an address. */
    readonly contact: string;
    /** `https://mail.example`, without a slash at the end, or `null` when there are no pages. */
    readonly referenceUrl: string | null;
  };
  /** Where a refusal says its code is explained, like `help.referenceUrl`; `null`: refusals carry no link. */
  readonly refusalsReferTo: string | null;
  /** Shown by HELP LIMITS; kept by the services. Seconds. */
  readonly timeouts: { readonly command: number; readonly data: number; readonly session: number };
}
