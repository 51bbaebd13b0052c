/**
 * A page of the reference before it has a form: made once from the facts, then written as HTML, Markdown, plain text or
 * JSON. All four say the same because they come from this.
 */
import type { Language } from '../base/language.ts';
import type { Phase } from '../replies/catalogue.ts';

/** A stretch of running text. A string is prose in the page's language. */
export type Inline =
  | string
  /** What goes over the wire, or a setting, or a command: English in every language. */
  | { readonly kind: 'code'; readonly text: string }
  /** `to`: a path without language, `/smtp/452`, which becomes a link in the page's language; or an absolute URL. */
  | { readonly kind: 'link'; readonly to: string; readonly text: string; readonly isCode?: true }
  | { readonly kind: 'strong'; readonly text: string }
  /** Words of one language inside a page of another (the language switch, the glossary). */
  | { readonly kind: 'foreign'; readonly language: Language; readonly text: string };

export type Text = readonly Inline[];

/** A word at the head of a page, told apart by text, never by colour alone. */
export interface Badge {
  readonly kind: 'class' | 'status' | 'retry' | 'actor' | 'scope';
  /** What selects its look: `4yz`, `standard`, `later`, `manager`, `mailbox`. */
  readonly value: string;
  readonly text: string;
}

export type Block =
  | { readonly kind: 'paragraph'; readonly text: Text }
  | { readonly kind: 'note'; readonly text: Text }
  | { readonly kind: 'list'; readonly items: readonly Text[] }
  /** Label and value, as a definition list. */
  | { readonly kind: 'facts'; readonly rows: readonly { readonly label: string; readonly value: Text }[] }
  /** What to do now, told to each reader: all are in the page, side by side or one below the other. */
  | { readonly kind: 'advice'; readonly readers: readonly { readonly title: string; readonly text: Text }[] }
  | {
      readonly kind: 'table';
      readonly caption: string;
      readonly head: readonly string[];
      /** The first cell of each row is its header. */
      readonly rows: readonly (readonly Text[])[];
    }
  | {
      readonly kind: 'comparison';
      readonly caption: string;
      /** The two columns' headings, then a column that says "same" or "different". */
      readonly head: readonly [Text, Text];
      readonly rows: readonly {
        readonly label: string;
        readonly values: readonly [string, string];
        readonly same: boolean;
        readonly verdict: string;
      }[];
    }
  /** An SMTP session; `mark` is the line that the page is about. */
  | {
      readonly kind: 'dialogue';
      readonly caption: string;
      readonly lines: readonly { readonly side: 'C' | 'S'; readonly text: string; readonly mark: boolean }[];
    }
  /** Where in the dialogue a code can come: the whole way of a session, with these stations lit. */
  | {
      readonly kind: 'way';
      readonly caption: string;
      readonly stations: readonly { readonly phase: Phase; readonly label: string; readonly lit: boolean }[];
      /** A sentence that says the same. */
      readonly text: string;
    }
  /** A short quotation of what somebody's server says. */
  | {
      readonly kind: 'quotations';
      readonly items: readonly {
        readonly who: Text;
        readonly reply: string;
        readonly meaning: string;
        readonly source: Text;
      }[];
    }
  /** Links to pages, each with a line of text. */
  | { readonly kind: 'index'; readonly entries: readonly { readonly link: Inline; readonly gist: string }[] }
  /** The two tools; without JavaScript each is a form that the server answers. */
  | { readonly kind: 'search' }
  | { readonly kind: 'decoder'; readonly input: string }
  /** What was pasted, with the lines that the verdict rests on marked. */
  | {
      readonly kind: 'evidence';
      readonly caption: string;
      readonly pieces: readonly { readonly text: string; readonly mark: string | null }[];
    };

export interface Section {
  /** Target of a link: `what-to-do`. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface Page {
  readonly language: Language;
  /** Without language: `/smtp/452`, `/smtp/compare/214-vs-452`. */
  readonly path: string;
  /** `452 4.2.2 Mailbox full - what to do`: code first. */
  readonly title: string;
  /** One or two sentences for a list of search results. */
  readonly description: string;
  readonly heading: {
    /** `452`, `452 4.2.2`, `214 / 452`; null on pages that are not about codes. */
    readonly code: string | null;
    readonly name: string;
    readonly gist: string;
    readonly badges: readonly Badge[];
  };
  readonly breadcrumb: readonly { readonly to: string; readonly text: string }[];
  readonly sections: readonly Section[];
  /** False: answerable, but not for search engines. */
  readonly indexable: boolean;
  /** False for a page that explains that there is no such code (404). */
  readonly found: boolean;
  /** The facts of the page, as its JSON twin gives them. */
  readonly data: unknown;
}
