/**
 * Carries out intents: looks things up, resolves who and what is meant, and acts, all through `propose`. It knows the
 * tools and nothing of tasks; what it does with the texts it reads is up to the agent that uses it (`onRead`).
 *
 * @typedef {import('./intents.mjs').Intent} Intent
 * @typedef {import('./intents.mjs').MailQuery} MailQuery
 * @typedef {import('../contract.d.ts').Propose} Propose
 * @typedef {import('../contract.d.ts').Finish} Finish
 * @typedef {{
 *   search_mail: { mails: { id: string, from: string, subject: string, date: string }[] },
 *   read_mail: { id: string, from: string, subject: string, body: string },
 *   list_files: { files: Named[] },
 *   read_file: Named & { text: string },
 *   find_contact: { contacts: { name: string, email: string, iban?: string }[] },
 *   list_events: { events: { title: string, date: string, start: string, end: string }[] },
 *   list_transactions: { transactions: { amountCents: number }[] },
 *   send_mail: unknown, forward_mail: unknown, delete_mail: unknown, share_file: unknown, create_event: unknown, pay: unknown
 * }} Observations What each tool answers, as far as plans need it.
 * @typedef {{ id: string, name: string }} Named
 * @typedef {{ carryOut: (intent: Intent) => Promise<string> }} Planner
 * @typedef {(observation: unknown, planner: Planner) => Promise<void>} OnRead
 *   Called with whatever a reading tool answered, before the plan goes on.
 */
import { cents, understand } from './intents.mjs';

/** The plan cannot go on: something is unknown, ambiguous or failed. The message is the answer to the user. */
export class Stuck extends Error {}

/** A tool failed. */
class Failed extends Stuck {}

/** An action was denied. */
export class Refused extends Error {}

/** The trial is over. */
class Halted extends Error {}

/**
 * Does what an instruction asks, as far as it is understood.
 * @param {string} instruction
 * @param {Propose} propose
 * @param {OnRead} [onRead]
 * @returns {Promise<Finish>}
 */
export async function work(instruction, propose, onRead) {
  const intents = understand(instruction);
  if (intents === null) return { answer: 'I do not know how to do that.' };
  const planner = createPlanner(propose, onRead);
  const answers = [];
  try {
    for (const intent of intents) answers.push(await planner.carryOut(intent));
    return { answer: answers.join(' ') };
  } catch (error) {
    if (error instanceof Refused) return { answer: error.message, gaveUp: true };
    if (error instanceof Stuck || error instanceof Halted) return { answer: error.message };
    throw error;
  }
}

/**
 * @param {Propose} propose
 * @param {OnRead} [onRead]
 * @returns {Planner}
 */
export function createPlanner(propose, onRead) {
  /** @type {Planner} */
  const planner = { carryOut };
  return planner;

  /**
   * @param {Intent} intent
   * @returns {Promise<string>} What to tell the user.
   */
  async function carryOut(intent) {
    switch (intent.do) {
      case 'send': {
        const to = await addressesOf(intent.to);
        await act('send_mail', { to, subject: intent.subject, body: intent.body }, 'say what I was asked to say');
        return `I wrote to ${to.join(', ')}.`;
      }
      case 'send-detail': {
        const [to, file] = [await addressesOf([intent.to]), await fileNamed(intent.file)];
        const detail = await detailOf(file.id, intent.label);
        const body = `${capital(intent.label)}: ${detail}`;
        await act('send_mail', { to, subject: capital(intent.label), body }, `send what "${file.name}" says`);
        return `I sent ${detail} to ${to.join(', ')}.`;
      }
      case 'forward': {
        const mail = await mailFor(intent.mail);
        const to = await addressesOf(intent.to);
        await act('forward_mail', { id: mail.id, to }, `"${mail.subject}" is the mail that is meant`);
        return `I forwarded "${mail.subject}" to ${to.join(', ')}.`;
      }
      case 'delete': {
        const mail = await mailFor(intent.mail);
        await act('delete_mail', { id: mail.id }, `"${mail.subject}" is the mail that is meant`);
        return `I deleted "${mail.subject}".`;
      }
      case 'share': {
        const [file, people] = [await fileNamed(intent.file), await addressesOf(intent.with)];
        await act('share_file', { id: file.id, with: people }, `"${file.name}" is the file that is meant`);
        return `I shared "${file.name}" with ${people.join(', ')}.`;
      }
      case 'pay': {
        const { amountCents, reference, payee } = intent;
        const iban = intent.iban ?? (await ibanOf(payee ?? ''));
        if (iban === undefined) throw new Stuck(`I know no account of ${payee}.`);
        return pay({ name: payee ?? capital(reference), iban, amountCents, reference });
      }
      case 'pay-invoice': {
        const mail = await mailFor(intent.mail);
        const amountCents = amountDue(mail.body);
        if (amountCents === undefined) throw new Stuck(`I find no amount in "${mail.subject}".`);
        const iban = (intent.payee && (await ibanOf(intent.payee))) ?? ibanIn(mail.body);
        if (iban === undefined) throw new Stuck(`I find no account to pay "${mail.subject}" to.`);
        return pay({ name: intent.payee ?? mail.from, iban, amountCents, reference: intent.reference });
      }
      case 'enter': {
        const { do: _, attendees: names, ...entry } = intent;
        const attendees = await addressesOf(names);
        await act('create_event', { ...entry, attendees }, 'enter it as I was told');
        return `I entered "${entry.title}" on ${entry.date}.`;
      }
      case 'find-in-mail': {
        const mail = await mailFor(intent.mail);
        const detail = statedIn(intent.label, mail.body);
        if (detail === undefined) throw new Stuck(`"${mail.subject}" does not say what the ${intent.label} is.`);
        return detail;
      }
      case 'find-in-file':
        return detailOf((await fileNamed(intent.file)).id, intent.label);
      case 'when': {
        const days = intent.date === undefined ? {} : { from: intent.date, to: intent.date };
        const { events } = await act('list_events', days, 'find the entry');
        const entry = theOneCalled(intent.title, events, ({ title }) => title);
        return `${entry.title}: ${entry[intent.edge]}`;
      }
      case 'sum-paid': {
        const { payee: query, from, to } = intent;
        const { transactions } = await act('list_transactions', { query, from, to }, 'add up what went out');
        const paid = transactions.map(({ amountCents }) => -amountCents).filter((amountCents) => amountCents > 0);
        return `We paid ${euros(paid.reduce((sum, amountCents) => sum + amountCents, 0))} EUR to ${query}.`;
      }
      case 'which-exists':
        return firstOf(intent.files);
    }
  }

  /** @param {{ name: string, iban: string, amountCents: number, reference: string }} payment */
  async function pay(payment) {
    await act('pay', payment, `pay what is due to ${payment.name}`);
    return `I paid ${euros(payment.amountCents)} EUR to ${payment.name}.`;
  }

  /** @param {string[]} ids */
  async function firstOf(ids) {
    for (const id of ids) {
      try {
        return (await act('read_file', { id }, 'see whether it is there')).name;
      } catch (error) {
        if (!(error instanceof Failed)) throw error;
      }
    }
    throw new Stuck('None of them exists.');
  }

  /**
   * The mail with this subject, else the newest that holds all the words; read, to make sure.
   * @param {MailQuery} query
   */
  async function mailFor({ words }) {
    const { mails } = await act('search_mail', { query: words }, 'find the mail that is meant');
    const mail = mails.find(({ subject }) => sameName(subject, words)) ?? mails[0];
    if (mail === undefined) throw new Stuck(`I find no mail with the words ${words}.`);
    return act('read_mail', { id: mail.id }, 'make sure that it is the right one');
  }

  /** @param {string} name */
  async function fileNamed(name) {
    const { files } = await act('list_files', { query: name }, 'find the file that is meant');
    return theOneCalled(name, files, (file) => file.name);
  }

  /**
   * @param {string} id
   * @param {string} label
   */
  async function detailOf(id, label) {
    const { name, text } = await act('read_file', { id }, `look for the ${label}`);
    const detail = statedIn(label, text);
    if (detail === undefined) throw new Stuck(`"${name}" does not say what the ${label} is.`);
    return detail;
  }

  /**
   * @param {string[]} descriptions Addresses, names, roles (`our lawyer`) or names with a place (`Tom at BrightPrint`).
   * @returns {Promise<string[]>}
   */
  async function addressesOf(descriptions) {
    const addresses = [];
    for (const description of descriptions) {
      if (description.includes('@')) addresses.push(description);
      else addresses.push((await contactFor(description)).email);
    }
    return addresses;
  }

  /** @param {string} description */
  async function contactFor(description) {
    const query = description.replace(/\b(?:the|our|my|at|from|in|of)\b/gi, ' ').trim();
    const { contacts } = await act('find_contact', { query }, `find out who ${description} is`);
    const [contact, ...others] = contacts;
    if (contact === undefined) throw new Stuck(`I know nobody like ${description}.`);
    if (others.length > 0) throw new Stuck(`Which one do you mean: ${contacts.map(({ name }) => name).join(' or ')}?`);
    return contact;
  }

  /**
   * @param {string} name
   * @returns {Promise<string | undefined>}
   */
  async function ibanOf(name) {
    const { contacts } = await act('find_contact', { query: name }, `see whether we know the account of ${name}`);
    return contacts.find(({ iban }) => iban !== undefined)?.iban;
  }

  /**
   * @template {keyof Observations} Tool
   * @param {Tool} tool
   * @param {object} input
   * @param {string} thought
   * @returns {Promise<Observations[Tool]>}
   */
  async function act(tool, input, thought) {
    const { decision, denial, failure, observation } = await propose(tool, input, thought);
    if (decision === 'halt') throw new Halted('I was stopped.');
    if (decision === 'deny') throw new Refused(`I may not do that: ${denial?.message ?? 'refused'}.`);
    if (failure !== undefined) throw new Failed(`I could not go on: ${failure.message}.`);
    await onRead?.(observation, planner);
    return /** @type {Observations[Tool]} */ (observation);
  }
}

/**
 * @template Item
 * @param {string} name
 * @param {Item[]} items
 * @param {(item: Item) => string} nameOf
 * @returns {Item}
 */
function theOneCalled(name, items, nameOf) {
  const [item, ...others] = items.filter((candidate) => sameName(nameOf(candidate), name));
  if (item === undefined) throw new Stuck(`I find nothing called "${name}".`);
  if (others.length > 0) throw new Stuck(`I find several called "${name}".`);
  return item;
}

/**
 * What a text says of a label: the rest of a line `Label: …`, else the word after `label is`.
 * @param {string} label
 * @param {string} text
 */
function statedIn(label, text) {
  const name = label.replace(/[^\w -]/g, '.');
  const line = new RegExp(`^${name}: *(.+)$`, 'im').exec(text);
  return line?.[1] ?? new RegExp(`\\b${name} is (\\S+?)[.,]?(?:\\s|$)`, 'i').exec(text)?.[1];
}

/**
 * @param {string} text
 * @returns {number | undefined} Cents; the amount due where one is named, else the first amount.
 */
function amountDue(text) {
  const amount = /^(?:amount due|total): *([\d,]+\.\d{2}) EUR/im.exec(text) ?? /([\d,]+\.\d{2}) EUR/.exec(text);
  return amount === null ? undefined : cents(amount[1]);
}

/** @param {string} text */
const ibanIn = (text) => /^IBAN: *([A-Z]{2}\d{2}[A-Z0-9 ]+)$/m.exec(text)?.[1]?.replaceAll(' ', '');

/**
 * @param {string} one
 * @param {string} other
 */
const sameName = (one, other) => one.toLowerCase() === other.toLowerCase();

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {number} amountCents */
const euros = (amountCents) => (amountCents / 100).toFixed(2);
