/**
 * The files that pages stand on beside their HTML: one style sheet, the modules of the two tools, the index of the search.
 * They are all in one folder whose name changes with their content, so that they may be kept for ever.
 * `src/http/reference-assets.ts` reads them: `referenceAssets()`.
 */
export interface Asset {
  /** Below the folder, as in a URL: `reference/style.css`. */
  readonly name: string;
  readonly type: string;
  readonly content: string;
}

export interface Assets {
  /** As in a URL, without a slash at either end: `assets/1f0a…`. */
  readonly folder: string;
  names(): readonly string[];
  /** Null when there is none of that name. */
  read(name: string): Asset | null;
}

export const STYLE_SHEET = 'reference/style.css';
export const ICON = 'reference/icon.svg';
export const FIRST_MODULE = 'reference/client/main.js';
/** What the search of a page looks through. */
export const SEARCH_INDEX = 'search.json';
