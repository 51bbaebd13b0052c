/** What the store asks of its index, and what the index answers. All of it can be sent to a thread. */
import type { CredentialsRow } from './credentials.ts';
import type { EntryQuery } from './management.ts';
import type { ObjectSpot, QueueAnswers } from './queue-protocol.ts';
import type { DeliveryName, Fate, UidMark } from './record-heads.ts';
import type { StoreFailure } from './store.ts';

export interface LimitsRow {
  readonly octets: number;
  readonly messages: number;
}

export interface DomainRow {
  readonly name: string;
  readonly limits: LimitsRow;
  readonly accountLimits: LimitsRow | null;
  readonly catchAll: string | null;
}

export interface AccountRow {
  readonly id: number;
  readonly address: string;
  readonly createdAt: number;
  readonly limits: LimitsRow | null;
  readonly messageSizeMax: number;
  readonly state: 'active' | 'disabled' | 'disabled-now';
  /** None: nobody logs in. */
  readonly credentials?: CredentialsRow;
  /** As it was last written, which is seldom. */
  readonly lastLogin?: number;
}

export interface AliasRow {
  readonly address: string;
  readonly members: readonly string[];
}

/** A change of the book of addresses, as it stands in the log. */
export type BookChange =
  | { readonly op: 'put-domain'; readonly domain: DomainRow }
  | { readonly op: 'remove-domain'; readonly name: string }
  | { readonly op: 'put-account'; readonly account: AccountRow }
  | { readonly op: 'remove-account'; readonly id: number }
  | { readonly op: 'put-alias'; readonly alias: AliasRow }
  | { readonly op: 'remove-alias'; readonly address: string }
  /** What follows, until the end, is the whole book: what is not named in it is gone. */
  | {
      readonly op: 'snapshot';
      /** The highest number an account ever had: those that are gone are not named here, and none is given twice. */
      readonly lastAccount?: number;
    }
  | { readonly op: 'snapshot-end' };

export interface CountedAccountRow extends AccountRow {
  readonly usedOctets: number;
  readonly usedMessages: number;
  /** When its newest message came; `null`: it has none. */
  readonly newest: number | null;
  /** The UID of the next message. */
  readonly nextUid: number;
}

export interface BookDump {
  readonly domains: readonly DomainRow[];
  readonly accounts: readonly CountedAccountRow[];
  readonly aliases: readonly AliasRow[];
  /** The highest number an account ever had. */
  readonly lastAccount: number;
}

/** Records that stand one behind the other in the log. */
export interface IndexBatch {
  readonly segment: number;
  readonly position: number;
  /** Fixed parts and heads, joined. */
  readonly heads: Uint8Array;
  /** Octets in the log, with bodies. */
  readonly octets: number;
  readonly missing: readonly number[];
  /** Octets of the segment before `position` that nobody can read. */
  readonly unread: number;
  /** Somebody waits for what it does. */
  readonly urgent: boolean;
}

export interface EntryRow {
  readonly account: number;
  readonly uid: number;
  readonly object: number;
  readonly ordinal: number;
  readonly size: number;
  readonly receivedAt: number;
  readonly recipient: string;
  readonly id: Uint8Array;
  readonly reversePath: string;
}

/** Where the object of an entry lies. */
export interface ObjectPlace extends ObjectSpot {
  readonly recipient: string;
}

export interface WaitingRow extends DeliveryName {
  readonly account: number;
  readonly size: number;
}

export interface SegmentRow {
  readonly number: number;
  readonly octets: number;
  readonly live: number;
  /** Sequence of the last record of the book in it; 0: none. */
  readonly book: number;
  /** Octets of its records of the book. */
  readonly bookOctets: number;
}

export interface ScanQuery {
  readonly account: number | null;
  readonly after: { readonly account: number; readonly uid: number };
  readonly filter: Omit<EntryQuery, 'account' | 'domain'>;
  /** Rows at most. 0: only the sums. */
  readonly count: number;
}

export interface ScanPage {
  readonly rows: readonly EntryRow[];
  readonly messages: number;
  readonly octets: number;
  /** Where to go on; `null`: that was all. */
  readonly next: { readonly account: number; readonly uid: number } | null;
}

export interface IndexFigures {
  readonly messages: number;
  readonly octets: number;
  readonly waiting: number;
  readonly large: number;
}

/** Questions, and the answer to each. */
export interface Answers extends QueueAnswers {
  /** The log was read to its end. */
  replayed: { ask: null; answer: null };
  book: { ask: null; answer: BookDump };
  segments: { ask: null; answer: { rows: readonly SegmentRow[]; snapshot: number } };
  scan: { ask: ScanQuery; answer: ScanPage };
  place: { ask: { account: number; uid: number }; answer: ObjectPlace | null };
  waiting: {
    ask: { account: number | null; after: WaitingRow | null; count: number };
    answer: readonly WaitingRow[];
  };
  waitingCounts: { ask: { accounts: readonly number[] }; answer: readonly number[] };
  /** Of these objects: which lie at these places still, and with which deliveries (UID of each ordinal, 0 waiting, -1 gone). */
  alive: {
    ask: { segment: number; objects: readonly { object: number; position: number }[] };
    answer: readonly (readonly number[] | null)[];
  };
  knownLarge: { ask: { ids: readonly string[] }; answer: readonly string[] };
  importKnown: { ask: { key: string }; answer: boolean };
  recount: {
    ask: { account: number };
    answer: { bookedOctets: number; bookedMessages: number; octets: number; messages: number };
  };
  figures: { ask: null; answer: IndexFigures };
  /** Everything applied so far survives a power cut, and these segments are forgotten. */
  forget: { ask: { segments: readonly number[] }; answer: null };
  /** What would have to be said again first, in octets: of each. */
  due: { ask: { segments: readonly number[] }; answer: readonly number[] };
  /** What has to be said again before this one is forgotten, a piece at a time; `next`: there may be more. */
  restate: {
    ask: { segment: number; after: DeliveryName | null };
    answer: { fates: readonly Fate[]; marks: readonly UidMark[]; next: DeliveryName | null };
  };
  /** The files of these that were forgotten will not come back; `null`: of all. */
  gone: { ask: { segments: readonly number[] | null }; answer: null };
}

export type Question = {
  [Name in keyof Answers]: { readonly name: Name; readonly ask: Answers[Name]['ask'] };
}[keyof Answers];

/** What deleting or releasing did. */
export interface Effect {
  readonly type: 'removed' | 'released';
  readonly sequence: number;
  readonly accounts: readonly {
    readonly account: number;
    readonly octets: number;
    readonly messages: number;
  }[];
  /** Files that nobody refers to any more. */
  readonly large: readonly string[];
}

/** To the index. */
export type IndexOrder =
  | { readonly type: 'apply'; readonly batch: IndexBatch }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }
  | { readonly type: 'close' };

export interface AppliedPlace {
  readonly segment: number;
  readonly position: number;
  readonly sequence: number;
}

/** From the index. */
export type IndexReport =
  | { readonly type: 'opened'; readonly applied: AppliedPlace | null; readonly rebuilt: boolean }
  | { readonly type: 'not-opened'; readonly failure: StoreFailure; readonly text: string }
  | {
      readonly type: 'applied';
      readonly batches: number;
      readonly effects: readonly Effect[];
      readonly dead: readonly number[];
      readonly queued: readonly string[];
    }
  | { readonly type: 'stuck'; readonly failure: StoreFailure; readonly text: string }
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'no-answer'; readonly id: number; readonly failure: StoreFailure; readonly text: string }
  | { readonly type: 'closed' };
