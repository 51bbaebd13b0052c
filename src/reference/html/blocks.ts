/** The blocks of a page as HTML, each in the elements that were made for it. */
import type { Block, Section } from '../document.ts';
import type { Place } from './links.ts';
import { markup, inlines, Markup, wire } from './text.ts';
import { decoderForm, searchForm } from './tools.ts';
import { wayOf } from './way.ts';
import { frameWord } from './words.ts';
import type { FrameWord } from './words.ts';

type Of<Kind extends Block['kind']> = Extract<Block, { kind: Kind }>;

export function sectionOf(section: Section, place: Place): Markup {
  const blocks = section.blocks.map((block) => blockOf(block, place));
  const ofClass = /^class-([2345]yz|none)$/.exec(section.id)?.[1];
  const accent = ofClass === undefined ? null : markup` data-class="${ofClass}"`;
  return markup`<section id="${section.id}"${accent}>
    <h2>${section.title}</h2>
    ${blocks}
  </section> `;
}

function blockOf(block: Block, place: Place): Markup {
  switch (block.kind) {
    case 'paragraph':
      return markup`<p>${inlines(block.text, place)}</p> `;
    case 'note':
      return markup`<p class="note">${inlines(block.text, place)}</p> `;
    case 'list':
      return markup`<ul>
        ${block.items.map((item) => markup`<li>${inlines(item, place)}</li> `)}
      </ul> `;
    case 'facts':
      return markup`<dl class="facts">
        ${block.rows.map(
          ({ label, value }) =>
            markup`<div>
              <dt>${label}</dt>
              <dd>${inlines(value, place)}</dd>
            </div> `,
        )}
      </dl> `;
    case 'advice':
      return adviceOf(block, place);
    case 'table':
      return tableOf(block, place);
    case 'comparison':
      return comparisonOf(block, place);
    case 'dialogue':
      return dialogueOf(block, place);
    case 'way':
      return wayOf(block);
    case 'quotations':
      return quotationsOf(block, place);
    case 'index':
      return markup`<ul class="index">
        ${block.entries.map(({ link, gist }) => markup`<li>${inlines([link], place)}${gist === '' ? null : markup` <span>${gist}</span>`}</li> `)}
      </ul> `;
    case 'search':
      return searchForm(place, 'q');
    case 'decoder':
      return decoderForm(block.input, place);
    case 'evidence':
      return evidenceOf(block);
  }
}

function adviceOf({ readers }: Of<'advice'>, place: Place): Markup {
  const notes = readers.map(
    ({ title, text }) =>
      markup`<div>
        <h3>${title}</h3>
        <p>${inlines(text, place)}</p>
      </div> `,
  );
  return markup`<div class="advice">${notes}</div> `;
}

function tableOf({ caption, head, rows }: Of<'table'>, place: Place): Markup {
  const body = rows.map((row) => {
    const [first = [], ...others] = row;
    const cells = others.map(
      (cell, i) => markup`<td data-label="${head[i + 1] ?? ''}">${inlines(cell, place)}</td>`,
    );
    return markup`<tr>
      <th scope="row">${inlines(first, place)}</th>
      ${cells}
    </tr> `;
  });
  return markup`<table>
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        ${head.map((title) => markup`<th scope="col">${title}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${body}
    </tbody>
  </table> `;
}

function comparisonOf({ caption, head, rows }: Of<'comparison'>, place: Place): Markup {
  const word = (name: FrameWord): string => frameWord(name, place.language);
  const body = rows.map(
    ({ label, values, same, verdict }) =>
      markup`<tr class="${same ? 'same' : 'different'}">
        <th scope="row">${label}</th>
        <td>${values[0]}</td>
        <td>${values[1]}</td>
        <td class="verdict">${verdict}</td>
      </tr> `,
  );
  return markup`<table class="comparison">
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">${word('dimension')}</th>
        <th scope="col">${inlines(head[0], place)}</th>
        <th scope="col">${inlines(head[1], place)}</th>
        <th scope="col">${word('comparison')}</th>
      </tr>
    </thead>
    <tbody>
      ${body}
    </tbody>
  </table> `;
}

function dialogueOf({ caption, lines }: Of<'dialogue'>, { language }: Place): Markup {
  const word = (name: FrameWord): string => frameWord(name, language);
  const marked = markup` <span class="unseen">(${word('thisPage')})</span>`;
  const rows = lines.map(({ side, text, mark }) => {
    const classes = `${side === 'C' ? 'client' : 'server'}${mark ? ' mark' : ''}`;
    return markup`<li class="${classes}">
      <span class="side">${side}:</span> ${wire(text)}${mark ? marked : null}
    </li> `;
  });
  return markup`<figure class="dialogue">
    <figcaption>${caption}</figcaption>
    <copy-lines data-copy="${word('copy')}" data-copied="${word('copied')}" data-not-copied="${word('notCopied')}"><ol>
      ${rows}
    </ol></copy-lines>
  </figure> `;
}

function quotationsOf({ items }: Of<'quotations'>, place: Place): Markup {
  const quotations = items.map(
    ({ who, reply, meaning, source }) =>
      markup`<div class="quotation">
        <p class="who">${inlines(who, place)}</p>
        <blockquote><p>${wire(reply)}</p></blockquote>
        <p>${meaning}</p>
        <p class="source">${inlines(source, place)}</p>
      </div> `,
  );
  return markup`<div class="quotations">${quotations}</div> `;
}

function evidenceOf({ caption, pieces }: Of<'evidence'>): Markup {
  const text = pieces.map(({ text: piece, mark }) =>
    mark === null ? markup`${piece}` : markup`<mark data-as="${mark}">${piece}</mark>`,
  );
  return markup`<figure class="evidence">
    <figcaption>${caption}</figcaption>
    <pre lang="en" translate="no" tabindex="0"><code>${text}</code></pre>
  </figure> `;
}

/** A code, large, in the colour of its class. `452 4.2.2` and `214 / 452` are two. */
export function codesOf(code: string): Markup {
  const pieces = code.split(' ').map((piece) => {
    if (piece === '/') return markup`<span class="versus">/</span>`;
    return markup`<code lang="en" translate="no" data-class="${classOfDigits(piece)}">${piece}</code>`;
  });
  return new Markup(pieces.map(({ text }) => text).join(' '));
}

export function classOfDigits(code: string): string {
  return /^[2345]/.test(code) ? `${code.charAt(0)}yz` : 'none';
}
