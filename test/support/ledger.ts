/**
 * What was sent, what was answered, and whether what is stored agrees: nothing acknowledged is missing, nothing is there twice,
 * nothing is half. What was never answered may be there or not, but for all its recipients alike.
 */
import { Control, type Listed } from './control.ts';
import { recognise } from './mail.ts';

/** `sent`: no answer came. `leaving`: its deletion was ordered and not answered. */
type Fate = 'sent' | 'kept' | 'refused';
type CopyFate = 'there' | 'leaving' | 'gone';

interface Sent {
  recipients: readonly string[];
  fate: Fate;
  /** Only of copies that were ordered to go. */
  readonly copies: Map<string, CopyFate>;
}

export interface Found {
  readonly id: string;
  readonly address: string;
  readonly uid: number;
  readonly object: string;
}

/** A copy by its place. */
export interface Place {
  readonly address: string;
  readonly uid: number;
}

export class Ledger {
  readonly #sent = new Map<string, Sent>();
  /** Copies that were read and are whole: they need not be read again. */
  readonly #known = new Map<string, Found>();
  #powerIsGone = false;

  get kept(): number {
    return [...this.#sent.values()].filter(({ fate }) => fate === 'kept').length;
  }

  /** Copies that were found whole, and are not ordered to go. */
  get copies(): readonly Found[] {
    return [...this.#known.values()].filter(({ id, address }) => !this.#sent.get(id)?.copies.has(address));
  }

  sending(id: string, recipients: readonly string[]): void {
    this.#sent.set(id, { recipients, fate: 'sent', copies: new Map() });
  }

  /** For those whose RCPT was accepted. */
  acknowledged(id: string, recipients: readonly string[]): void {
    const sent = this.#of(id);
    sent.fate = 'kept';
    sent.recipients = recipients;
  }

  refused(id: string): void {
    if (!this.#powerIsGone) this.#of(id).fate = 'refused';
  }

  leaving(copies: readonly Found[]): void {
    for (const { id, address } of copies) this.#of(id).copies.set(address, 'leaving');
  }

  gone(copies: readonly Found[]): void {
    for (const { id, address } of copies) this.#of(id).copies.set(address, 'gone');
  }

  /** From now on, until the next check, whether what is refused is on the disk all the same is for nobody to know. */
  powerIsGone(): void {
    this.#powerIsGone = true;
  }

  /** Compares with what the server shows. Each string is a fault. */
  async check(control: Control): Promise<readonly string[]> {
    this.#powerIsGone = false;
    const listed = await control.messages();
    const faults: string[] = [];
    const found = await this.#identify(control, listed, faults);
    const byId = Map.groupBy(found, ({ id }) => id);
    for (const [id, copies] of byId) faults.push(...this.#surplus(id, copies));
    for (const [id, sent] of this.#sent) faults.push(...missing(id, sent, byId.get(id) ?? []));
    this.#settle(byId);
    return faults;
  }

  /** Forgets what is over, so that a long run stays fast: messages of which nothing is stored and nothing may come. */
  prune(): void {
    const there = new Set([...this.#known.values()].map(({ id }) => id));
    for (const id of this.#sent.keys()) if (!there.has(id)) this.#sent.delete(id);
  }

  async #identify(control: Control, listed: readonly Listed[], faults: string[]): Promise<readonly Found[]> {
    const found: Found[] = [];
    const now = new Set(listed.map(keyOf));
    for (const key of this.#known.keys()) if (!now.has(key)) this.#known.delete(key);
    const unread = listed.filter((entry) => {
      const known = this.#known.get(keyOf(entry));
      if (known?.object !== entry.object) return true;
      found.push(known);
      return false;
    });
    const readOne = async (entry: Listed): Promise<void> => {
      const place = `${entry.address} uid ${entry.uid}`;
      const text = await control.read(entry.address, entry.uid).catch((error: unknown) => {
        faults.push(`${place}: listed, and cannot be read (${String(error)})`);
        return null;
      });
      if (text === null) return;
      if (text.length !== entry.size)
        faults.push(`${place}: ${entry.size} octets listed, ${text.length} read`);
      const mail = recognise(text);
      if (mail === null) return void faults.push(`${place}: not a message that was sent`);
      if (!mail.whole) faults.push(`${place}: half of ${mail.id}`);
      const { address, uid, object } = entry;
      const copy = { id: mail.id, address, uid, object };
      this.#known.set(keyOf(entry), copy);
      found.push(copy);
    };
    const queue = unread.values();
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (const entry of queue) await readOne(entry);
      }),
    );
    return found;
  }

  #surplus(id: string, copies: readonly Found[]): readonly string[] {
    const sent = this.#sent.get(id);
    if (sent === undefined) return [`${id}: stored, and was never sent`];
    const faults: string[] = [];
    if (sent.fate === 'refused') faults.push(`${id}: refused, and stored all the same`);
    for (const [address, same] of Map.groupBy(copies, (copy) => copy.address)) {
      if (same.length > 1) faults.push(`${id}: ${same.length} times in ${address}`);
      if (!sent.recipients.includes(address)) faults.push(`${id}: in ${address}, which is no recipient`);
      if (sent.copies.get(address) === 'gone') faults.push(`${id}: deleted from ${address}, and there again`);
    }
    return faults;
  }

  /** What is there now stays there, and what is not stays away. */
  #settle(byId: ReadonlyMap<string, readonly Found[]>): void {
    for (const [id, sent] of this.#sent) {
      const copies = byId.get(id) ?? [];
      if (sent.fate === 'sent') sent.fate = copies.length > 0 ? 'kept' : 'refused';
      for (const [address, fate] of sent.copies) {
        if (fate !== 'leaving') continue;
        if (copies.some((copy) => copy.address === address)) sent.copies.delete(address);
        else sent.copies.set(address, 'gone');
      }
    }
  }

  #of(id: string): Sent {
    const sent = this.#sent.get(id);
    if (sent === undefined) throw new Error(`${id} was never sent`);
    return sent;
  }
}

function missing(id: string, sent: Sent, copies: readonly Found[]): readonly string[] {
  const away = sent.recipients.filter(
    (address) => !sent.copies.has(address) && !copies.some((copy) => copy.address === address),
  );
  if (away.length === 0) return [];
  if (sent.fate === 'kept') return [`${id}: acknowledged, and missing in ${away.join(', ')}`];
  return copies.length > 0 ? [`${id}: in some mailboxes, and not in ${away.join(', ')}`] : [];
}

function keyOf({ address, uid }: Place): string {
  return `${address} ${uid}`;
}
