/** A value that may already be here. The hot path awaits only what is not: an await per command costs more than the command. */
export type Awaitable<T> = T | Promise<T>;
