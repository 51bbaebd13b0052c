import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeText } from './decode.ts';

function report(subject: string): string {
  return `From: postmaster@b.example\nTo: me@a.example\nSubject: ${subject}\nMIME-Version: 1.0\n\n`;
}

interface Layout {
  readonly name: string;
  readonly text: string;
  readonly expected: readonly (readonly [recipient: string, standing: string, reason: string])[];
}

// prettier-ignore
const LAYOUTS: readonly Layout[] = [
  {
    name: 'Exchange 5.5',
    text: report('Undeliverable: x')+`Your message\n\n  To:      me@a.example\n  Subject: email bounce\n  Sent:    Thu\n\ndid not reach the following recipient(s):\n\nkij@c.example on Thu, 29 Apr 2007 16:51:51 -0500\n    The recipient name is not recognized\n\tThe MTS-ID of the original message is: c=jp;a= ;p=neko\n;l=EXCHANGE0\n    MSEXCH:IMS:KIJ CAT:EXAMPLE:EXCHANGE 0 (000C05A6) Unknown Recipient\nmike@c.example on Thu\n    The recipient name is not recognized\n`,
    expected: [['kij@c.example', 'permanent', 'user-unknown'], ['mike@c.example', 'permanent', 'user-unknown']],
  },
  {
    name: 'MailMarshal',
    text: report('Undeliverable Mail')+`Your message:\n   From:    me@a.example\n   Subject: xx\n\nCould not be delivered because of\n\n550 5.1.1 User unknown\n\nThe following recipients were affected: \n    dummy@b.example\n\n\nAdditional Information\n======================\nOriginal Sender:    <me@a.example>\nSender-MTA:         <10.11.12.13>\nRemote-MTA:\t\t\t<10.0.0.1>\nReporting-MTA:      <relay.b.example>\nLast-Attempt-Date:  <16:21>\n`,
    expected: [['dummy@b.example', 'permanent', 'user-unknown']],
  },
  {
    name: 'Messaging Server',
    text: report('Delivery Notification: Delivery has failed')+`This report relates to a message you sent with the following header fields:\n\n  Message-id: <4B60@me.example.com>\n  Date: Fri\n  From: Me <me@a.example>\n  To: kij@c.example\n  Subject: Nyaaaa\n\nYour message cannot be delivered to the following recipients:\n\n  Recipient address: kij@c.example\n  Reason: Illegal host/domain name found\n`,
    expected: [['kij@c.example', 'permanent', 'host-unknown']],
  },
  {
    name: 'Exim',
    text: report('Mail delivery failed: returning message to sender')+`This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  kij@c.example\n    SMTP error from remote mail server after RCPT TO:<kij@c.example>:\n    host mx.c.example [192.0.2.1]: 550 5.7.1 <kij@c.example>... Access denied\n\n  b@d.example\n    Unrouteable address\n\n------ This is a copy of the message, including all the headers. ------\n\nReceived: x\n`,
    expected: [['kij@c.example', 'permanent', 'reputation'], ['b@d.example', 'permanent', 'user-unknown']],
  },
  {
    name: 'qmail',
    text: report('failure notice')+`Hi. This is the qmail-send program at a.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<kij@c.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 <kij@c.example>... User Unknown\nGiving up on 192.0.2.1.\n\n<b@d.example>:\nSorry, I couldn't find any host named d.example. (#5.1.2)\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <me@a.example>\nReceived: x\n`,
    expected: [['kij@c.example', 'permanent', 'user-unknown'], ['b@d.example', 'permanent', 'host-unknown']],
  },
  {
    name: 'Gmail, failed',
    text: report('Delivery Status Notification (Failure)')+`Delivery to the following recipient failed permanently:\n\n     kij@c.example\n\nTechnical details of permanent failure:\nGoogle tried to deliver your message, but it was rejected by the server for the recipient domain c.example by mx.c.example. [192.0.2.1].\n\nThe error that the other server returned was:\n550 5.1.1 <kij@c.example>: Recipient address rejected: User unknown\n\n\n----- Original message -----\n\nX-Received: by 1\n`,
    expected: [['kij@c.example', 'permanent', 'user-unknown']],
  },
  {
    name: 'Gmail, delayed',
    text: report('Delivery Status Notification (Delay)')+`This is an automatically generated Delivery Status Notification\n\nTHIS IS A WARNING MESSAGE ONLY.\n\nYOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\nDelivery to the following recipient has been delayed:\n\n     kij@c.example\n\nMessage will be retried for 2 more day(s)\n\nTechnical details of temporary failure:\nThe recipient server did not accept our requests to connect. [mx.c.example. (1): Connection timed out]\n`,
    expected: [['kij@c.example', 'temporary', 'network']],
  },
  {
    name: 'Microsoft 365',
    text: report('Undeliverable: hi')+`mx.c.example rejected your message to the following email addresses:\n\nKij (kij@c.example)\nThe email address you entered couldn't be found. Please check the recipient's email address and try to resend the message.\n\nDiagnostic information for administrators:\n\nGenerating server: DB1PR01.eurprd01.prod.outlook.com\n\nkij@c.example\nmx.c.example\nRemote Server returned '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'\n\nOriginal message headers:\n\nReceived: from x\n`,
    expected: [['kij@c.example', 'permanent', 'user-unknown']],
  },
  {
    name: 'a Japanese report',
    text: report('メール送信エラー')+`以下の宛先にメールを送信できませんでした。\n\n宛先: kij@c.example\n理由: メールボックスの容量が上限を超えています。\n`,
    expected: [['kij@c.example', 'permanent', 'mailbox-full']],
  },
  {
    name: 'old Sendmail',
    text: report('Returned mail: User unknown')+`   ----- Transcript of session follows -----\nWhile talking to mx.c.example:\n>>> RCPT To:<kij@c.example>\n<<< 550 <kij@c.example>... User unknown\n550 kij@c.example... User unknown\n\n   ----- Unsent message follows -----\nReceived: x\n`,
    expected: [['kij@c.example', 'permanent', 'user-unknown']],
  },
  {
    name: 'Exchange 2007',
    text: 'Delivery has failed to these recipients or distribution lists:\n\nkij@c.example\nThe recipient\'s mailbox is full and can\'t accept messages now. Please try resending this message later, or contact the recipient directly.\n',
    expected: [['kij@c.example', 'permanent', 'mailbox-full']],
  },
  {
    name: 'Domino',
    text: report('DELIVERY FAILURE: User kij (kij@c.example) not listed in Domino Directory')+'Your message\n\n  Subject: x\n\nwas not delivered to:\n\n  kij@c.example\n\nbecause:\n\n  User kij (kij@c.example) not listed in Domino Directory\n',
    expected: [['kij@c.example', 'permanent', 'user-unknown']],
  },
  {
    name: 'a log line in JSON',
    text: '{"level":"info","msg":"refused","reply":"452 4.2.2 Mailbox full, try again later","recipient":"kij@c.example"}',
    expected: [['kij@c.example', 'temporary', 'mailbox-full']],
  },
  {
    name: 'a list of quoted addresses',
    text: report('Mail delivery failed: returning message to sender')+`A message that you sent could not be delivered. This is a permanent error.\n\n"kij@c.example":\nSMTP error from remote server after RCPT command:\n5.2.1 <kij@c.example>... User Unknown\n"b@d.example":\nSMTP error from remote server after RCPT command:\n5.2.2 <b@d.example>... Mailbox Full\n`,
    expected: [['kij@c.example', 'permanent', 'user-unknown'], ['b@d.example', 'permanent', 'mailbox-full']],
  },
  {
    name: 'a transcript that names each recipient after the code',
    text: report('Returned mail: User unknown')+`   ----- Transcript of session follows -----\n550 <kij@c.example>... Host unknown (Name server: c.example: host not found)\n550 5.1.1 <b@d.example>... User unknown\n`,
    expected: [['kij@c.example', 'permanent', 'host-unknown'], ['b@d.example', 'permanent', 'user-unknown']],
  },
  {
    name: 'a report whose header alone names the recipient',
    text: `From: mailer-daemon@b.example\nTo: me@a.example\nSubject: Delivery failed\nX-Failed-Recipients: kij@c.example\n\nThe mailbox is full.\n`,
    expected: [['kij@c.example', 'permanent', 'mailbox-full']],
  },
  {
    name: 'a notice of delay under the subject of a failure',
    text: report('Delivery failure notification')+`Your message could not be delivered to:\n\nkij@c.example\n\nDelivery attempts will continue to be made for 5 days.\n`,
    expected: [['kij@c.example', 'temporary', 'unknown']],
  },
  {
    name: 'a wrapper that talks of the domain of the recipient',
    text: report('Delivery Status Notification (Failure)')+`Delivery to the following recipient failed permanently:\n\n     kij@c.example\n\nWe tried to deliver your message, but it was rejected by the recipient domain. The other server returned: 500 Remote server does not support TLS.\n`,
    expected: [['kij@c.example', 'permanent', 'tls-required']],
  },
];

describe('decodeText reads the layout of', () => {
  for (const { name, text, expected } of LAYOUTS) {
    test(name, () => {
      const { verdicts } = decodeText(text);
      assert.deepEqual(
        verdicts.map(({ recipient, standing, reason }) => [recipient, standing, reason]),
        expected,
      );
    });
  }
});
