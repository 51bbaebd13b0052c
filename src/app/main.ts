/** The program: the command line, with the server behind `serve`. */
import { readFileSync } from 'node:fs';
import { runCli } from '../cli/program.ts';
import { cliHost } from './cli-host.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const streams = { out: process.stdout, err: process.stderr, in: process.stdin };

// `restante … | head` ends when the reader does.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runCli(process.argv.slice(2), cliHost(version), streams, process.env);
