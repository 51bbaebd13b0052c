/**
 * The two tools. Each is a form that the server answers; where JavaScript runs, its custom element answers on the spot. In a copy
 * of files no server answers: there the form is hidden until the element is alive, and a link to the list stands for it.
 */
import { hrefTo } from './links.ts';
import type { Place } from './links.ts';
import { markup, Markup } from './text.ts';
import { frameWord } from './words.ts';
import type { FrameWord } from './words.ts';

export function searchForm(place: Place, id: string): Markup {
  const word = (name: FrameWord): string => frameWord(name, place.language);
  return markup`<reply-search>
${formTag(place, 'search')}
<label for="${id}">${word('searchLabel')}</label>
<div class="row"><input type="search" id="${id}" name="q" placeholder="${word('searchHint')}" autocomplete="off" autocapitalize="none" spellcheck="false" enterkeyhint="search" maxlength="200"><button type="submit">${word('search')}</button></div>
</form>
${insteadOf(place)}<div class="hits" aria-live="polite"></div>
</reply-search>
`;
}

/** In the head of each page: only the field. */
export function smallSearchForm(place: Place): Markup {
  const word = (name: FrameWord): string => frameWord(name, place.language);
  return markup`<reply-search class="small">
${formTag(place, 'search')}
<label class="unseen" for="q-top">${word('searchLabel')}</label>
<div class="row"><input type="search" id="q-top" name="q" placeholder="${word('searchHint')}" autocomplete="off" autocapitalize="none" spellcheck="false" enterkeyhint="search" maxlength="200"><button type="submit">${word('search')}</button></div>
</form>
<div class="hits" aria-live="polite"></div>
</reply-search>
`;
}

export function decoderForm(input: string, place: Place): Markup {
  const word = (name: FrameWord): string => frameWord(name, place.language);
  // A line feed that begins the content of a textarea is not part of it.
  return markup`<reply-decoder data-local="${word('decodeLocal')}">
${formTag(place, 'decode')}
<label for="text">${word('decodeLabel')}</label>
<textarea id="text" name="text" rows="8" lang="en" translate="no" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="${word('decodeHint')}">
${input}</textarea>
<div class="row"><button type="submit">${word('decode')}</button><p class="privacy">${word('decodeServer')}</p></div>
</form>
${insteadOf(place)}<div class="verdicts" aria-live="polite"></div>
</reply-decoder>
`;
}

function formTag(place: Place, tool: 'search' | 'decode'): Markup {
  if (place.base === 'file') return markup`<form class="${tool}" hidden>`;
  const action = hrefTo(`/smtp/${tool}`, place);
  return tool === 'search'
    ? markup`<form class="search" action="${action}" method="get">`
    : markup`<form class="decode" action="${action}" method="post" enctype="multipart/form-data">`;
}

function insteadOf(place: Place): Markup | null {
  if (place.base === 'served') return null;
  const { language } = place;
  return markup`<p class="instead">
    ${frameWord('needsServer', language)}
    <a href="${hrefTo('/smtp', place)}">${frameWord('toIndex', language)}</a>
  </p> `;
}
