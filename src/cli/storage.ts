/** `restante storage …` and `restante status` */
import type { Command } from 'commander';
import { aboutOctets } from '../base/quantity.ts';
import type { Answer } from '../http/contract.ts';
import { concernsOf } from './certificate-words.ts';
import { showTime } from './cli.ts';
import type { Cli } from './cli.ts';
import { CliFailure, EXIT } from './failure.ts';
import { speaker } from './words.ts';

const WORDS = {
  storage: {
    en: 'room: levels, ballast, dead space',
    ja: '保存領域 (段階、バラスト、削除済みの領域) を管理します',
  },
  status: { en: 'show how much room there is', ja: '空き容量と段階を表示します' },
  ballast: {
    en: 'give up the ballast file, to gain room at once',
    ja: 'バラストのファイルを手放し、すぐに空きを作ります',
  },
  force: {
    en: 'force a level (green, yellow, red, black), or end that (off)',
    ja: '段階を強制します (green、yellow、red、black)。off で解除します',
  },
  compact: { en: 'give dead space back now', ja: '削除済みの領域を今すぐ解放します' },
  server: { en: 'show what the server is doing', ja: 'サーバーの動作状況を表示します' },
  levels: {
    en: 'expected green, yellow, red, black or off.',
    ja: 'green、yellow、red、black、off のいずれかを指定してください。',
  },
  freed: { en: '{octets} given back.', ja: '{octets} を解放しました。' },
  noServer: {
    en: 'The server is not running; this is what its data says.',
    ja: 'サーバーは停止しています。データの内容を表示します。',
  },
  level: { en: 'level', ja: '段階' },
  forced: { en: '{level} (forced; measured: {measured})', ja: '{level} (強制中。実測は {measured})' },
  usable: { en: 'usable', ja: '使用可能' },
  held: { en: 'reserved by sessions', ja: 'セッションの予約' },
  admitted: { en: 'mail admitted', ja: 'MAIL の受け付け割合' },
  ballastNow: { en: 'ballast', ja: 'バラスト' },
  of: { en: '{part} of {whole}', ja: '{part} / {whole}' },
  pool: { en: 'postmaster pool', ja: 'postmaster 用の枠' },
  messages: { en: 'messages', ja: 'メール' },
  stored: { en: '{count}, {octets}', ja: '{count} 通、{octets}' },
  waiting: { en: 'waiting', ja: '待機中' },
  segments: { en: 'segments', ja: 'セグメント' },
  parts: { en: '{segments}, {live} live, {dead} dead', ja: '{segments} 個 (使用中 {live}、削除済み {dead})' },
  large: { en: 'large messages', ja: '大きなメール' },
  volume: { en: 'volume {name}', ja: 'ボリューム {name}' },
  volumeState: { en: '{level}: {available} of {size} free', ja: '{level}: {size} 中 {available} の空き' },
  host: { en: 'server', ja: 'サーバー' },
  since: { en: 'since', ja: '起動日時' },
  sessions: { en: 'sessions', ja: 'セッション' },
  accepted: { en: 'messages accepted since', ja: '起動後に受け付けたメール' },
  refused: { en: 'refusals since', ja: '起動後に断った回数' },
  certificate: { en: 'certificate', ja: '証明書' },
  domains: { en: 'domains, accounts', ja: 'ドメイン数、アカウント数' },
};

type Level = Answer<'storage'>['level'];

export function storageCommands(program: Command, cli: Cli): void {
  const { console } = cli;
  const say = speaker(WORDS, console.language);
  const storage = program.command('storage').description(say('storage'));
  const freed = async (answer: { releasedOctets: number }): Promise<void> =>
    console.result(answer, () => console.line(say('freed', { octets: aboutOctets(answer.releasedOctets) })));

  storage
    .command('status')
    .alias('show')
    .description(say('status'))
    .action(async () => {
      const found = await (await cli.api()).call('storage');
      await console.result(found, () => showStorage(cli, found));
    });
  storage
    .command('release-ballast')
    .description(say('ballast'))
    .action(async () => freed(await (await cli.api()).call('releaseBallast')));
  storage
    .command('force <level>')
    .description(say('force'))
    .action(async (text: string) => {
      const level = ['green', 'yellow', 'red', 'black', 'off'].includes(text) ? text : null;
      if (level === null) throw new CliFailure(EXIT.usage, say('levels'), { type: 'usage' });
      const body = { level: level === 'off' ? null : (level as Level) };
      const found = await (await cli.api()).call('forceLevel', { body });
      await console.result(found, () => showStorage(cli, found));
    });
  storage
    .command('compact')
    .description(say('compact'))
    .action(async () => freed(await (await cli.api()).call('compact')));
  program
    .command('status')
    .description(say('server'))
    .action(async () => {
      const found = await (await cli.api()).call('status');
      await console.result(found, () => showStatus(cli, found));
    });
}

async function showStorage({ console }: Cli, found: Answer<'storage'>): Promise<void> {
  const say = speaker(WORDS, console.language);
  const { figures, volumes, measured } = found;
  const level = found.forced === null ? found.level : say('forced', { level: found.level, measured });
  const [part, whole] = [aboutOctets(found.ballastOctets), aboutOctets(found.ballastWanted)];
  const live = aboutOctets(figures.liveOctets);
  const dead = aboutOctets(figures.deadOctets);
  await console.table(
    [{ head: say('level') }, { head: level }],
    [
      [say('usable'), aboutOctets(found.usableOctets)],
      [say('held'), `${aboutOctets(found.held)} (${found.holds})`],
      [say('admitted'), `${found.admittedPercent}%`],
      [say('ballastNow'), say('of', { part, whole })],
      [say('pool'), aboutOctets(found.postmasterPool)],
      ...volumes.map(({ name, level: state, available, size }) => [
        say('volume', { name }),
        say('volumeState', { level: state, available: aboutOctets(available), size: aboutOctets(size) }),
      ]),
      [say('messages'), say('stored', { count: figures.messages, octets: aboutOctets(figures.octets) })],
      [say('waiting'), figures.waiting],
      [say('segments'), say('parts', { segments: figures.segments, live, dead })],
      [say('large'), figures.largeObjects],
    ],
  );
}

async function showStatus({ console }: Cli, found: Answer<'status'>): Promise<void> {
  const say = speaker(WORDS, console.language);
  const { figures } = found;
  if (!found.running) console.note(say('noServer'));
  const alive = [
    [say('since'), showTime(found.startedAt)],
    ...found.listeners.map(({ protocol, address }) => [protocol, address]),
    [say('sessions'), found.sessionsOpen],
    [say('accepted'), found.messagesKept],
    [say('refused'), found.refusals],
    ...found.certificates.map((one) => [say('certificate'), concernsOf(one, console.language).join('; ')]),
  ];
  await console.table(
    [{ head: say('host') }, { head: `${found.hostname} (Restante ${found.version})` }],
    [
      ...(found.running ? alive : []),
      [say('level'), found.level],
      [say('usable'), aboutOctets(found.usableOctets)],
      [say('held'), aboutOctets(found.heldOctets)],
      [say('domains'), `${figures.domains}, ${figures.accounts}`],
      [say('messages'), say('stored', { count: figures.messages, octets: aboutOctets(figures.octets) })],
      [say('waiting'), figures.waiting],
    ],
  );
}
