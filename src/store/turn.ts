/** One after another: whoever holds the turn changes what others must find unchanged meanwhile. */
export class Turn {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(act);
    this.#last = mine.catch(() => {}); // Whoever asked hears of it.
    return mine;
  }
}
