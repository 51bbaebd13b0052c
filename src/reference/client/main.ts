/** What each page loads: small. The two tools load their parts when somebody turns to them. */

/** Puts a button beside lines that are worth copying; who has no clipboard has none. */
class CopyLines extends HTMLElement {
  connectedCallback(): void {
    if (!('clipboard' in navigator)) return;
    const button = document.createElement('button');
    const said = document.createElement('span');
    button.type = 'button';
    button.textContent = this.dataset['copy'] ?? '';
    said.className = 'unseen';
    said.ariaLive = 'polite';
    button.addEventListener('click', () => {
      navigator.clipboard.writeText(this.#lines()).then(
        () => this.#tell(button, said, this.dataset['copied'] ?? ''),
        () => this.#tell(button, said, this.dataset['notCopied'] ?? ''),
      );
    });
    this.append(button, said);
  }

  #lines(): string {
    const rows = [...this.querySelectorAll('li')];
    return rows
      .map((row) => [...row.querySelectorAll('.side, code')].map(({ textContent }) => textContent).join(' '))
      .join('\n');
  }

  #tell(button: HTMLElement, said: HTMLElement, words: string): void {
    button.textContent = words;
    said.textContent = words;
    setTimeout(() => {
      button.textContent = this.dataset['copy'] ?? '';
      said.textContent = '';
    }, 3000);
  }
}

/** A form that works on the spot. In a copy of files it is hidden until this is alive. */
class Tool extends HTMLElement {
  connectedCallback(): void {
    const form = this.querySelector('form');
    if (form === null) return;
    form.hidden = false;
    this.querySelector('.instead')?.remove();
    const field = form.querySelector<HTMLElement>('input, textarea');
    field?.addEventListener('focus', () => void this.load(form), { once: true });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.load(form).then((act) => act());
    });
    this.prepare(form);
  }

  prepare(_form: HTMLFormElement): void {}

  load(_form: HTMLFormElement): Promise<() => void> {
    return Promise.reject(new Error('a tool says what it loads'));
  }
}

class ReplySearch extends Tool {
  #loaded: Promise<() => void> | null = null;

  override load(form: HTMLFormElement): Promise<() => void> {
    this.#loaded ??= import('./search.ts').then(({ searchIn }) => searchIn(this, form));
    return this.#loaded;
  }
}

class ReplyDecoder extends Tool {
  #loaded: Promise<() => void> | null = null;

  /** What is pasted stays here, and the page may say so. */
  override prepare(form: HTMLFormElement): void {
    const privacy = form.querySelector('.privacy');
    if (privacy !== null) privacy.textContent = this.dataset['local'] ?? '';
  }

  override load(form: HTMLFormElement): Promise<() => void> {
    this.#loaded ??= import('./decoder.ts').then(({ decodeIn }) => decodeIn(this, form));
    return this.#loaded;
  }
}

customElements.define('copy-lines', CopyLines);
customElements.define('reply-search', ReplySearch);
customElements.define('reply-decoder', ReplyDecoder);
