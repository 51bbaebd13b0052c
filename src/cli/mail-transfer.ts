/** `restante mail export` and `mail import`: mailboxes as Maildir folders or mbox files, byte for byte. */
import type { Command } from 'commander';
import { aboutOctets } from '../base/quantity.ts';
import type { Cli } from './cli.ts';
import { CliFailure, EXIT } from './failure.ts';
import { queryOf, withCriteria } from './mail-criteria.ts';
import type { CriteriaOptions } from './mail-criteria.ts';
import { exportMaildir, exportMbox } from './mail-export.ts';
import type { Moved } from './mail-export.ts';
import { importMaildir, importMbox } from './mail-import.ts';
import { speaker } from './words.ts';

const WORDS = {
  export: {
    en: 'write messages out; goes on where it was broken off',
    ja: 'メールを書き出します。中断しても続きから再開します',
  },
  import: {
    en: 'take messages in; what is already there is not stored again',
    ja: 'メールを取り込みます。取り込み済みのものは重複して保存しません',
  },
  maildir: {
    en: 'a Maildir folder; with several accounts one below it for each',
    ja: 'Maildir フォルダーを指定します。複数アカウントの場合は、その下にアカウントごとに作ります',
  },
  mbox: { en: 'an mbox file (mboxrd)', ja: 'mbox ファイル (mboxrd 形式) を指定します' },
  into: { en: 'the account that gets them', ja: '取り込み先のアカウントを指定します' },
  oneOf: {
    en: 'say where: --maildir DIR or --mbox FILE',
    ja: '--maildir DIR か --mbox FILE を指定してください。',
  },
  exporting: { en: 'Exporting', ja: '書き出しています' },
  importing: { en: 'Importing', ja: '取り込んでいます' },
  exported: {
    en: '{count} {count:message|messages} exported, {octets}.',
    ja: '{count} 通、{octets} を書き出しました。',
  },
  imported: {
    en: '{count} {count:message|messages} imported, {octets}.',
    ja: '{count} 通、{octets} を取り込みました。',
  },
  skipped: { en: '{count} {count:was|were} there already.', ja: '{count} 通はすでにありました。' },
};

interface Place {
  readonly maildir?: string;
  readonly mbox?: string;
}

export function transferCommands(mail: Command, cli: Cli): void {
  const { console, host } = cli;
  const say = speaker(WORDS, console.language);
  const tell = async (word: 'exported' | 'imported', moved: Moved): Promise<void> => {
    await console.result(moved, () =>
      console.line(say(word, { count: moved.messages, octets: aboutOctets(moved.octets) })),
    );
    if (moved.skipped > 0 && !console.json) console.note(say('skipped', { count: moved.skipped }));
  };
  const onlyOne = ({ maildir, mbox }: Place): void => {
    if ((maildir === undefined) === (mbox === undefined)) throw new CliFailure(EXIT.usage, say('oneOf'));
  };

  withCriteria(mail.command('export [address]').description(say('export')), cli)
    .option('--maildir <dir>', say('maildir'))
    .option('--mbox <file>', say('mbox'))
    .action(async (address: string | undefined, options: CriteriaOptions & Place) => {
      onlyOne(options);
      const query = queryOf(address, options, host.now());
      const api = await cli.api();
      const whole = await api.call('countMessages', { query });
      const progress = await console.progress(say('exporting'), whole.messages);
      const news = (moved: Moved): void =>
        progress.to(moved.messages + moved.skipped, aboutOctets(moved.octets));
      const moved =
        options.maildir === undefined
          ? await exportMbox(api, query, options.mbox ?? '', news)
          : await exportMaildir(api, query, options.maildir, news);
      progress.end('');
      await tell('exported', moved);
    });
  mail
    .command('import')
    .description(say('import'))
    .option('--maildir <dir>', say('maildir'))
    .option('--mbox <file>', say('mbox'))
    .requiredOption('--into <address>', say('into'))
    .action(async (options: Place & { readonly into: string }) => {
      onlyOne(options);
      const api = await cli.api();
      const { address } = await api.call('showAccount', { params: { address: options.into } });
      const progress = await console.progress(say('importing'), 1);
      const order = { api, address };
      const news = (moved: Moved, share: number): void => progress.to(share, aboutOctets(moved.octets));
      const moved =
        options.maildir === undefined
          ? await importMbox(order, options.mbox ?? '', news)
          : await importMaildir(order, options.maildir, news);
      progress.end('');
      await tell('imported', moved);
    });
}
