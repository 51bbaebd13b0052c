/**
 * An application that is loaded when it is first asked for something: the management API and the reference are megabytes of code and
 * texts, and many servers only take mail.
 */

export interface Fetching {
  fetch(request: Request): Response | Promise<Response>;
}

export function onFirstRequest(load: () => Promise<Fetching>): Fetching {
  let app: Promise<Fetching> | null = null;
  return {
    async fetch(request) {
      app ??= load().catch((error: unknown) => {
        app = null; // No descriptors left, say: the next request tries again.
        throw error;
      });
      return (await app).fetch(request);
    },
  };
}
