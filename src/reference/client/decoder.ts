/** The decoder on the reader's own machine: what is pasted stays in this page, and is shown as text only. */
import type { Standing } from '../../replies/decode/verdict.ts';
import { masked } from '../mask.ts';
import { decodePage } from '../pages/decode-page.ts';
import { decodeMessage } from '../unpack.ts';
import { blockNode } from './blocks.ts';
import { element, LANGUAGE, word } from './page.ts';

const CLASS_OF_STANDING: Readonly<Record<Standing, string>> = {
  temporary: '4yz',
  permanent: '5yz',
  success: '2yz',
  unknown: 'none',
};

/** What the button does. */
export function decodeIn(tool: HTMLElement, form: HTMLFormElement): () => void {
  const input = form.querySelector('textarea');
  const shown = tool.querySelector('.verdicts');
  return () => {
    const text = input?.value ?? '';
    if (text.trim() === '') return;
    resultOf(text).then(
      (result) => shown?.replaceChildren(...result),
      () => shown?.replaceChildren(element('p', { class: 'note' }, word('decodeFailed'))),
    );
  };
}

async function resultOf(text: string): Promise<readonly Node[]> {
  const decoded = await decodeMessage(new TextEncoder().encode(text));
  const { sections } = decodePage(decoded, LANGUAGE);
  return sections
    .filter(({ id }) => id !== 'decoder')
    .map(({ title, blocks }, i) => {
      const verdict = decoded.verdicts[i];
      const nodes = [element('h3', {}, title), ...blocks.map(blockNode).filter((node) => node !== null)];
      if (verdict === undefined)
        return element('div', { class: 'evidence-card' }, ...nodes, copyButton(decoded.text));
      return element(
        'div',
        { class: 'verdict-card', 'data-class': CLASS_OF_STANDING[verdict.standing] },
        ...nodes,
      );
    });
}

/** For tickets and forums: what it says, without whom it is about. */
function copyButton(text: string): HTMLElement {
  const button = element('button', { type: 'button' }, word('safeCopy'));
  const said = element('span', { 'aria-live': 'polite', class: 'said' });
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(masked(text)).then(
      () => (said.textContent = word('copied')),
      () => (said.textContent = word('notCopied')),
    );
  });
  return element('p', { class: 'row' }, button, said);
}
