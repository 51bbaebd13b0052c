/** The thread in which the index lives, so that SQLite never holds up the mail. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { IndexHost } from './index-host.ts';
import type { IndexOrder } from './index-protocol.ts';

/** Taken together at most; then the reports go out. */
const ORDERS_MAX = 256;

const port = parentPort;
assert(port !== null, 'the index runs in a thread of its own');
const { path } = workerData as { readonly path: string };
const host = new IndexHost(path, (report) => {
  port.postMessage(report);
  if (report.type === 'closed') port.close();
});

port.on('message', (first: IndexOrder) => {
  const orders = [first];
  while (orders.length < ORDERS_MAX) {
    const next = receiveMessageOnPort(port);
    if (next === undefined) break;
    orders.push(next.message as IndexOrder);
  }
  host.take(orders);
});
