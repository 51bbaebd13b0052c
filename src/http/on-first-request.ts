/**
 * An application that is loaded when it is first asked for something: what describes and checks the management API is some
 * 12 MiB that a server needs only when somebody manages it.
 */

interface Fetching {
  fetch(request: Request): Response | Promise<Response>;
}

export function onFirstRequest(load: () => Promise<Fetching>): Fetching {
  let app: Promise<Fetching> | null = null;
  return {
    async fetch(request) {
      app ??= load();
      return (await app).fetch(request);
    },
  };
}
