import { writeDate } from '../message/date.ts';
import type { ReportWords } from './report-words.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

// prettier-ignore
export const ENGLISH: ReportWords = {
  language: 'en',
  sender: 'Mail Delivery',
  subjects: {
    failed: 'Your message could not be delivered',
    delayed: 'Your message is delayed',
    delivered: 'Your message was delivered',
    relayed: 'Your message was passed on',
    expanded: 'Your message was sent on to a list',
    undeliverable: 'Undeliverable, and the sender was not told',
  },
  colon: ': ',
  openings: {
    failed: 'Your message could not be delivered to:',
    delayed: 'Your message is on its way, but it is late. It has not arrived yet at:',
    delivered: 'You asked to be told: your message was delivered to:',
    relayed: 'You asked to be told: your message was handed to the next mail server. That server does not report back, so this is not yet a sign that the message has arrived. It was handed over for:',
    expanded: 'You asked to be told: your message was sent on to the members of:',
    undeliverable: 'A message could not be delivered, and its sender was not told: either it is not certain who the sender is, so that the report might go to somebody who never wrote, or nothing can be sent there. It was meant for:',
  },
  fields: { subject: 'Subject', sent: 'Sent', from: 'Envelope sender' },
  headings: { happened: 'What happened', toDo: 'What you can do', next: 'What happens next' },
  happened: {
    greylisted: 'The recipient\'s mail server does not know ours yet, and asked it to come again a little later. That is usual.',
    'rate-limited': 'The recipient\'s mail server limits how much mail it takes from ours in a given time.',
    'peer-full': 'The recipient\'s mail server has too little free space at present.',
    'peer-busy': 'The mail server of the recipient was too busy to take the message.',
    'peer-unreachable': 'The mail server of the recipient could not be reached.',
    'reply-lost': 'The message was sent, but the connection broke before the other mail server confirmed it. It may have arrived, or it may not.',
    dns: 'The mail server of the recipient could not be found: the directory of the internet (DNS) gave no answer.',
    tls: 'The connection to the recipient\'s mail server could not be encrypted as it has to be.',
    auth: 'The next mail server did not accept the login of our server. That is no fault of yours.',
    'no-such-mailbox': 'There is no mailbox with this address.',
    'no-such-domain': 'There is no mail server for the part of the address behind the @.',
    'no-mail': 'The part of the address behind the @ belongs to somebody who does not receive mail at all.',
    'not-supported': 'The recipient\'s mail server cannot take this kind of message, for example one with letters such as é or 字 in an address.',
    'too-many-recipients': 'The recipient\'s mail server takes messages for fewer recipients at a time.',
    loop: 'The message was sent in a circle between mail servers, because of a wrong setting.',
    local: 'Our mail server had an error of its own. That is no fault of yours.',
  },
  toDo: {
    'reply-lost': 'Ask the recipient whether the message arrived before you send it again.',
    tls: 'Reach the recipient by another way, and show this report to the person who looks after your mail.',
    auth: 'Show this report to the person who looks after your mail.',
    'no-such-mailbox': 'Check the spelling of the address. If it is right, ask the recipient by another way for the address that is in use now.',
    'no-such-domain': 'Check the spelling of the address behind the @. If it is right, ask the recipient by another way for the address that is in use now.',
    'no-mail': 'Check the spelling of the address behind the @, or ask the recipient for another address.',
    'not-supported': 'Write from an address, and to an address, with plain letters only (a to z), if there is one.',
    'message-too-big': 'Make the message smaller: give large files as a link, or send them in parts.',
    'mailbox-full': 'Tell the recipient by another way that the mailbox is full, and send the message again when there is room.',
    loop: 'Reach the recipient by another way, and show this report to the person who looks after your mail.',
    local: 'Send the message again later. If it fails again, show this report to the person who looks after your mail.',
  },
  toDoLater: 'Send the message again later, or reach the recipient by another way. If it fails again, show this report to the person who looks after your mail.',
  toDoOurs: 'This is about our mail server, not about what you wrote: show this report to the person who looks after your mail.',
  toDoDelayed: 'Nothing: you need not send the message again. If it is urgent, reach the recipient by another way.',
  nextFailed: 'Our mail server has stopped trying. Other recipients of the message, if there are any, are not concerned.',
  nextDelayed: (until) => `Our mail server keeps trying until ${until}. If the message cannot be delivered by then, you will be told.`,
  tried: (times, duration) => times === 1 ? 'Our mail server tried once.' : `Our mail server tried ${times} times in ${duration}.`,
  waited: (duration) => `It waited ${duration} for room, but there was none.`,
  answered: (host) => host === '' ? 'The other mail server answered:' : `The mail server ${host} answered:`,
  noted: 'Our mail server noted:',
  means: (codes, name, gist) => `${codes} stands for “${name}”. ${gist}`,
  page: (url) => `More about this answer: ${url}`,
  more: (addresses) => addresses === 1 ? 'and one more address' : `and ${addresses} more addresses`,
  closing: (hostname) => `A program of ${hostname} wrote this report, not a person. An answer to it goes to those who look after that server.`,
  number: (id) => `Number of the message: ${id}`,
  when: (at) => `${writeDate(at).slice(0, 22)} UTC`,
  duration: (ms) => {
    const [count, unit] = ms >= 2 * DAY_MS ? [Math.round(ms / DAY_MS), 'day'] : ms >= HOUR_MS ? [Math.round(ms / HOUR_MS), 'hour'] : [Math.max(1, Math.round(ms / 60_000)), 'minute'];
    return `${count} ${unit}${count === 1 ? '' : 's'}`;
  },
};
