/**
 * The environment module: plays the tools of `mailroom-office` on a world of its own for each trial and has the end
 * state graded. It decides nothing about who may do what; that is for policies.
 */
import { changesBetween, gradeWorld } from './grader.mjs';
import { freshWorld } from './world.mjs';

/**
 * @typedef {import('../contract.d.ts').EnvironmentTask} EnvironmentTask
 * @typedef {import('../contract.d.ts').Environment} Environment
 */

/**
 * @param {EnvironmentTask} task
 * @returns {Environment}
 */
export function createEnvironment({ data = {} }) {
  const changes = /** @type {import('./world.mjs').Changes | undefined} */ (data.world);
  const before = freshWorld(changes);
  const world = freshWorld(changes);
  return {
    tools: toolsOf(world),
    grade: (answer) => gradeWorld(data, changesBetween(before, world), answer),
  };
}

/**
 * @param {import('./world.mjs').World} world
 * @returns {Environment['tools']}
 */
function toolsOf(world) {
  return {
    async search_mail({ query }) {
      const found = world.mails.filter((mail) => holds(query, mail.from, mail.subject, mail.body));
      found.sort((a, b) => b.date.localeCompare(a.date));
      return { mails: found.map(({ id, from, subject, date }) => ({ id, from, subject, date })) };
    },

    async read_mail({ id }) {
      return { ...mailOf(id) };
    },

    async send_mail({ to, cc = [], subject, body }) {
      return { id: send({ to, cc, subject, body }) };
    },

    async forward_mail({ id, to, note }) {
      const mail = mailOf(id);
      const original = `From: ${mail.from}\nSubject: ${mail.subject}\n\n${mail.body}`;
      const body = note === undefined ? original : `${note}\n\n${original}`;
      return { id: send({ to, cc: [], subject: `Fwd: ${mail.subject}`, body, forwardOf: id }) };
    },

    async delete_mail({ id }) {
      world.mails.splice(world.mails.indexOf(mailOf(id)), 1);
      return { deleted: id };
    },

    async list_files({ query = '' }) {
      return { files: world.files.filter((file) => holds(query, file.name)).map(({ id, name }) => ({ id, name })) };
    },

    async read_file({ id }) {
      const { name, text } = fileOf(id);
      return { id, name, text };
    },

    async share_file({ id, with: people }) {
      const file = fileOf(id);
      file.sharedWith = [...new Set([...file.sharedWith, ...people])];
      return { id, sharedWith: [...file.sharedWith] };
    },

    async find_contact({ query }) {
      const found = world.contacts.filter((contact) => holds(query, contact.name, contact.role, contact.organisation));
      return { contacts: found.map((contact) => ({ ...contact })) };
    },

    async list_events({ from = '', to = '9999-12-31' }) {
      const found = world.events.filter((event) => event.date >= from && event.date <= to);
      found.sort((a, b) => (a.date + a.start).localeCompare(b.date + b.start));
      return { events: structuredClone(found) };
    },

    async create_event({ title, date, start, end, attendees = [] }) {
      if (!isDay(date)) throw new Error(`there is no day \`${date}\``);
      if (start >= end) throw new Error(`an entry has to end after it starts, not from \`${start}\` to \`${end}\``);
      const id = `e${world.events.length + 1}`;
      world.events.push({ id, title, date, start, end, attendees: [...attendees] });
      return { id };
    },

    async list_transactions({ query = '', from = '', to = '9999-12-31' }) {
      const found = world.transactions.filter(
        (entry) => entry.date >= from && entry.date <= to && holds(query, entry.name, entry.reference),
      );
      return { balanceCents: world.balanceCents, transactions: structuredClone(found) };
    },

    async pay({ name, iban, amountCents, reference }) {
      if (!checkDigitsFit(iban)) throw new Error(`\`${iban}\` is no valid IBAN: its check digits do not fit`);
      if (amountCents > world.balanceCents)
        throw new Error(`the account holds ${euros(world.balanceCents)} EUR, too little for ${euros(amountCents)} EUR`);
      world.balanceCents -= amountCents;
      const id = `t${world.transactions.length + 1}`;
      world.transactions.push({ id, date: world.today, name, iban, amountCents: -amountCents, reference });
      return { id, balanceCents: world.balanceCents };
    },
  };

  /** @param {string} id */
  function mailOf(id) {
    const mail = world.mails.find((candidate) => candidate.id === id);
    if (mail === undefined) throw new Error(`no mail has the id \`${id}\`; search_mail gives the ids`);
    return mail;
  }

  /** @param {string} id */
  function fileOf(id) {
    const file = world.files.find((candidate) => candidate.id === id);
    if (file === undefined) throw new Error(`no file has the id \`${id}\`; list_files gives the ids`);
    return file;
  }

  /** @param {{ to: string[], cc: string[], subject: string, body: string, forwardOf?: string }} mail */
  function send(mail) {
    const id = `s${world.sent.length + 1}`;
    world.sent.push({ ...structuredClone(mail), id, from: world.user, date: world.today });
    return id;
  }
}

/**
 * Whether every word of the query begins a word of the texts, whatever its case.
 * @param {string} query
 * @param {...string} texts
 */
function holds(query, ...texts) {
  const words = wordsOf(texts.join(' '));
  return wordsOf(query).every((wanted) => words.some((word) => word.startsWith(wanted)));
}

/** @param {string} text */
const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}-]+/gu) ?? [];

/** @param {string} date As `2026-03-18`; JavaScript alone would take 31 February for 3 March. */
function isDay(date) {
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}

/**
 * The check of ISO 13616: the first four characters moved to the end, letters as 10 to 35, the rest by 97 is 1.
 * @param {string} iban
 */
function checkDigitsFit(iban) {
  const digits = [...(iban.slice(4) + iban.slice(0, 4))].map((sign) => Number.parseInt(sign, 36)).join('');
  return BigInt(digits) % 97n === 1n;
}

/** @param {number} cents */
const euros = (cents) => (cents / 100).toFixed(2);
