/**
 * From English to intents: patterns with slots, tried in order. Whatever no pattern covers is not understood, and said
 * to be so; nothing here guesses.
 *
 * @typedef {{ words: string }} MailQuery Words that the mail holds; best when its subject is just them.
 * @typedef {(
 *   | { do: 'send', to: string[], subject: string, body: string }
 *   | { do: 'send-detail', to: string, label: string, file: string }
 *   | { do: 'forward', mail: MailQuery, to: string[] }
 *   | { do: 'delete', mail: MailQuery }
 *   | { do: 'share', file: string, with: string[] }
 *   | { do: 'pay-invoice', mail: MailQuery, payee?: string, reference: string }
 *   | { do: 'pay', iban?: string, payee?: string, amountCents: number, reference: string }
 *   | { do: 'enter', title: string, date: string, start: string, end: string, attendees: string[] }
 *   | { do: 'find-in-mail', label: string, mail: MailQuery }
 *   | { do: 'find-in-file', label: string, file: string }
 *   | { do: 'when', title: string, date?: string, edge: 'start' | 'end' }
 *   | { do: 'sum-paid', payee: string, from: string, to: string }
 *   | { do: 'which-exists', files: string[] }
 * )} Intent
 * @typedef {Record<string, string | undefined>} Slots
 */

/** A mail address, wherever it stands. */
const address = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const months = 'January February March April May June July August September October November December'.split(' ');
const day = `(?:\\d{1,2} (?:${months.join('|')}) \\d{4}|\\d{4}-\\d{2}-\\d{2})`;
const time = '\\d{1,2}:\\d{2}';
const span = `(?<date>${day}),? (?:from )?(?<start>${time}) (?:to|until) (?<end>${time})`;
const title = '(?:an? |the |my )?(?<title>.+?)';

/** @type {[pattern: RegExp, read: (slots: Slots) => Intent[]][]} */
const patterns = [
  [
    /^(?:tell|inform) (?<who>.+?) that (?<text>.+)$/,
    ({ who, text }) => [{ do: 'send', to: people(who), subject: 'A short note', body: sentence(text) }],
  ],
  [
    /^ask (?<who>.+?) to (?<text>.+)$/,
    ({ who, text }) => [{ do: 'send', to: people(who), subject: 'A request', body: sentence(`please ${text}`) }],
  ],
  [
    /^thank (?!you )(?<who>.+?) for (?<what>.+?)(?<each>,? each in a mail of their own|,? separately)?$/,
    ({ who, what, each }) => {
      const body = sentence(`thank you for ${what?.replace(/^their\b/, 'your')}`);
      const to = people(who);
      const mails = each === undefined ? [to] : to.map((one) => [one]);
      return mails.map((recipients) => ({ do: 'send', to: recipients, subject: 'Thank you', body }));
    },
  ],
  [
    /^send (?<who>.+?) the (?<label>.+?) from the file "(?<file>[^"]+)"$/,
    ({ who, label, file }) => [{ do: 'send-detail', to: given(who), label: given(label), file: given(file) }],
  ],
  [
    /^send (?<who>.+?) the file "(?<file>[^"]+)"$/,
    ({ who, file }) => [{ do: 'share', file: given(file), with: people(who) }],
  ],
  [
    /^forward (?<mail>.+?) to (?<who>.+)$/,
    ({ mail, who }) => [{ do: 'forward', mail: mailQuery(mail), to: people(who) }],
  ],
  [/^delete (?<mail>the .+|.+ mail .+)$/, ({ mail }) => [{ do: 'delete', mail: mailQuery(mail) }]],
  [
    /^share the file "(?<file>[^"]+)" with (?<who>.+)$/,
    ({ file, who }) => [{ do: 'share', file: given(file), with: people(who) }],
  ],
  [
    /^pay (?<amount>[\d,]+\.\d{2}) EUR to IBAN (?<iban>[A-Z]{2}\d{2}[A-Z0-9]+)(?: as (?<reference>.+))?$/,
    ({ amount, iban, reference = 'payment' }) => [
      { do: 'pay', iban: given(iban), amountCents: cents(amount), reference },
    ],
  ],
  [
    /^pay (?<amount>[\d,]+\.\d{2}) EUR to (?<payee>.+?)(?: as (?<reference>.+))?$/,
    ({ amount, payee, reference = 'payment' }) => [
      { do: 'pay', payee: given(payee), amountCents: cents(amount), reference },
    ],
  ],
  [
    /^pay (?:the )?invoice (?<number>[\w-]*\d[\w-]*)(?: from (?<payee>.+))?$/,
    ({ number, payee }) => [
      { do: 'pay-invoice', mail: { words: `invoice ${number}` }, ...payees(payee), reference: given(number) },
    ],
  ],
  [
    /^pay (?:the )?(?<what>.+?) (?:to|from) (?<payee>.+?)(?: for (?:the )?(?<topic>.+))?$/,
    ({ what, payee, topic }) => [
      {
        do: 'pay-invoice',
        mail: { words: [payee, what, topic].filter(Boolean).join(' ') },
        ...payees(payee),
        reference: sentence(topic ?? what).replace(/\.$/, ''),
      },
    ],
  ],
  [
    new RegExp(`^(?:put|enter) ${title} (?:in|into) (?:the|my) calendar (?:for|on) ${span}(?:,? with (?<who>.+))?$`),
    ({ who, ...slots }) => [{ do: 'enter', ...entry(slots), attendees: who === undefined ? [] : people(who) }],
  ],
  [
    new RegExp(`^invite (?<who>.+?) to ${title} on ${span}$`),
    ({ who, ...slots }) => [{ do: 'enter', ...entry(slots), attendees: people(who) }],
  ],
  [
    new RegExp(`^(?:at what time|when) does ${title}(?: on (?<date>${day}))? (?<edge>begin|start|end)\\?$`),
    ({ title, date, edge }) => [
      { do: 'when', title: given(title), ...(date && { date: isoDay(date) }), edge: edge === 'end' ? 'end' : 'start' },
    ],
  ],
  [
    new RegExp(`^how much did we pay (?:to )?(?<payee>.+?) in (?<month>${months.join('|')}) (?<year>\\d{4})\\?$`),
    ({ payee, month, year }) => [
      { do: 'sum-paid', payee: given(payee), from: isoDay(`1 ${month} ${year}`), to: isoDay(`31 ${month} ${year}`) },
    ],
  ],
  [
    /^which of the files (?<files>.+?) (?:still )?exists\?$/,
    ({ files }) => [{ do: 'which-exists', files: listed(given(files)) }],
  ],
  [
    /^what is the (?<label>.+?) (?:according to|in) the file "(?<file>[^"]+)"\?$/,
    ({ label, file }) => [{ do: 'find-in-file', label: given(label), file: given(file) }],
  ],
  [
    /^what is the (?<label>.+?)\? (?<from>\w+) sent it in (?<mail>.+)$/,
    ({ label, from, mail }) => [
      { do: 'find-in-mail', label: given(label), mail: { words: `${from} ${mailQuery(mail).words}` } },
    ],
  ],
];

/** Sentences that add nothing which the plan for what stands before them does not look up anyway. */
const asides = /(?<=\.) The (?:amount|sum) is in (?:their|the|his|her) mail about it\.?$/;

/** Where one thing to do ends and the next begins. */
const seam = /(?:,? and (?:then )?|\. (?:Then )?|, then )(?=(?:tell|ask|thank|send|forward|share|pay)\b)/i;

/**
 * What is to be done, step by step; null when a part of it is not understood.
 * @param {string} instruction
 * @returns {Intent[] | null}
 */
export function understand(instruction) {
  const text = instruction.replace(asides, '').trim().replace(/[.!]$/, '');
  return understandAll(text.split(seam)) ?? understandAll([text]);
}

/**
 * @param {string[]} clauses
 * @returns {Intent[] | null}
 */
function understandAll(clauses) {
  const intents = [];
  for (const clause of clauses) {
    const understood = understandClause(clause);
    if (understood === null) return null;
    intents.push(...understood);
  }
  return intents;
}

/**
 * @param {string} clause
 * @returns {Intent[] | null}
 */
function understandClause(clause) {
  const text = clause.charAt(0).toLowerCase() + clause.slice(1);
  for (const [pattern, read] of patterns) {
    const match = pattern.exec(text);
    if (match !== null) return read({ ...match.groups });
  }
  return null;
}

/**
 * Who is meant: addresses where there are any, else the names of a list such as `Dana, Priya and Lee`.
 * @param {string} [text]
 */
function people(text = '') {
  const addresses = text.match(address);
  return addresses === null ? listed(text) : addresses.map((one) => one.toLowerCase());
}

/** @param {string} text */
const listed = (text) => text.split(/,\s*(?:and\s+)?|\s+and\s+/).filter((part) => part !== '');

/**
 * The words to search for in `the mail "Salary review"`, `the mail about the lease renewal`, `the newsletter from Ann`.
 * @param {string} [text]
 * @returns {MailQuery}
 */
function mailQuery(text = '') {
  const quoted = /"([^"]+)"/.exec(text)?.[1];
  const words = (quoted ?? text).replace(/\b(?:the|a|an|mail|mails|about|from|by|of|our|my|last|latest)\b/gi, ' ');
  return { words: words.replace(/'s\b/g, '').replace(/\s+/g, ' ').trim() };
}

/** @param {Slots} slots */
const entry = ({ title, date, start, end }) => ({
  title: sentence(title).replace(/\.$/, ''),
  date: isoDay(given(date)),
  start: given(start).padStart(5, '0'),
  end: given(end).padStart(5, '0'),
});

/** @param {string} [payee] */
const payees = (payee) => (payee === undefined ? {} : { payee });

/** @param {string} text `18 March 2026` or already `2026-03-18` */
function isoDay(text) {
  const [date, month = '', year] = text.split(' ');
  if (year === undefined) return text;
  const number = months.indexOf(month) + 1;
  return `${year}-${String(number).padStart(2, '0')}-${String(date).padStart(2, '0')}`;
}

/** @param {string} [amount] Euros such as `1,850.00` */
export const cents = (amount = '') => Number(amount.replace(/[,.]/g, ''));

/** @param {string} [text] */
const sentence = (text = '') => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;

/**
 * A slot that the pattern fills whenever it matches.
 * @param {string} [slot]
 */
const given = (slot) => slot ?? '';
