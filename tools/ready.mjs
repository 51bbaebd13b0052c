// Runs on whatever Node.js the machine has (18 or newer): installs what package-lock.json names when it is not
// there yet, with the project's own Node.js among it. Two at once: the second waits for the first.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'node_modules/.installed-lock'); // Written last: an install that was broken off has none.
const turn = join(root, '.installing'); // Beside node_modules, for npm begins by removing that.
/** The npm that is at work. */
let child = null;
const WAIT_MAX_MS = 15 * 60 * 1000;

const locale = process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '';
const say = (en, ja) => console.error(/^ja/i.test(locale) ? ja : en);

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

const isReady = () => read(stamp) === read(join(root, 'package-lock.json'));

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 18) {
  say(
    `Node.js 18 or newer is needed to install (this is ${process.version}).`,
    `インストールには Node.js 18 以降が必要です (現在は ${process.version})。`,
  );
  process.exit(1);
}
if (!isReady()) {
  takeTurn();
  try {
    if (!isReady()) await install();
  } finally {
    rmSync(turn, { force: true });
  }
}
const own = process.platform === 'win32' ? 'node.cmd' : 'node';
if (!existsSync(join(root, 'node_modules/.bin', own)) && (major < 24 || (major === 24 && minor < 16))) {
  say(
    `No Node.js comes with the project for ${process.platform}-${process.arch}: install Node.js 24.16 or newer (this is ${process.version}).`,
    `${process.platform}-${process.arch} 用の Node.js は同梱されていません。Node.js 24.16 以降をインストールしてください (現在は ${process.version})。`,
  );
  process.exit(1);
}

async function install() {
  say(
    'Installing what the project needs (first run, or package-lock.json changed): about half a minute …',
    '必要なものをインストールしています (初回、または package-lock.json の変更時)。30 秒ほどかかります…',
  );
  const wanted = read(join(root, 'package-lock.json'));
  // Once more, for what passes by itself: a network that hiccups, a file that was still being written.
  const done = (await npmCi()) || (await npmCi());
  if (done && wanted !== null) {
    writeFileSync(stamp, wanted);
    return;
  }
  rmSync(turn, { force: true });
  say(
    'The packages could not be installed; npm says above why. Without a network nothing can be fetched: connect, or set "npm config set registry" or "proxy" to what is reachable, and start again; it begins anew.',
    'パッケージをインストールできませんでした。理由は上の npm の表示をご覧ください。ネットワークに接続するか、"npm config set registry" や "proxy" を届く先に設定してから、もう一度実行してください。最初からやり直します。',
  );
  process.exit(1);
}

async function npmCi() {
  // What the user's configuration leaves out would be missed: the own Node.js is an optional package.
  const options = ['--include=dev', '--include=optional', '--prefer-offline', '--no-audit', '--no-fund'];
  const npm = spawn('npm', ['ci', ...options, '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  // Should this process die alone, whoever comes next waits for the npm that it left.
  if (npm.pid !== undefined) writeFileSync(turn, `${process.pid} ${npm.pid}`);
  child = npm;
  try {
    const [status] = await once(npm, 'exit');
    return status === 0;
  } catch (error) {
    say(`npm cannot be started: ${error.message}`, `npm を起動できません: ${error.message}`);
    return false;
  } finally {
    child = null;
  }
}

/** One installs at a time. Who died while it was its turn does not keep the others waiting. */
function takeTurn() {
  let told = false;
  for (let waited = 0; waited < WAIT_MAX_MS; waited += 250) {
    try {
      writeFileSync(turn, String(process.pid), { flag: 'wx' });
      process.on('exit', () => rmSync(turn, { force: true }));
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
        process.on(signal, () => (child?.kill(), process.exit(130)));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = read(turn);
    if (holder !== null && holder !== '' && !holder.split(' ').some((pid) => isAlive(Number(pid)))) {
      rmSync(turn, { force: true });
      continue;
    }
    if (!told) {
      say('Waiting for another installation to end …', '別のインストールの終了を待っています…');
      told = true;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
  }
  say(`${turn} is held for too long: remove it.`, `${turn} が残ったままです。削除してください。`);
  process.exit(1);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
