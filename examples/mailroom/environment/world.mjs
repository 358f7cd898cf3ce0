/**
 * The office before anybody touches it: mails, contacts, files, calendar and bank account of Robin Vale, office manager
 * of Acme. Every call makes a new world; nothing here is shared between trials. All persons and accounts are invented.
 *
 * @typedef {{ id: string, from: string, to: string[], subject: string, date: string, body: string }} Mail
 * @typedef {Mail & { cc: string[], forwardOf?: string }} SentMail
 * @typedef {{ name: string, email: string, role: string, organisation: string, iban?: string }} Contact
 * @typedef {{ id: string, name: string, text: string, sharedWith: string[] }} OfficeFile
 * @typedef {{ id: string, title: string, date: string, start: string, end: string, attendees: string[] }} CalendarEvent
 * @typedef {{ id: string, date: string, name: string, iban: string, amountCents: number, reference: string }} Transaction
 *   Money that came in is positive, money that went out negative.
 * @typedef {{
 *   today: string, user: string, mails: Mail[], sent: SentMail[], contacts: Contact[], files: OfficeFile[],
 *   events: CalendarEvent[], transactions: Transaction[], balanceCents: number
 * }} World
 * @typedef {{ mails?: Partial<Mail>[], files?: Partial<OfficeFile>[], events?: Partial<CalendarEvent>[] }} Changes
 *   What a task changes in the base world: an item with a known id is merged into it, any other is added.
 */

/**
 * A world of its own for one trial.
 * @param {Changes} [changes]
 * @returns {World}
 */
export function freshWorld(changes = {}) {
  const world = office();
  return {
    ...world,
    mails: merged(world.mails, mail('', '', world.today, '', []), changes.mails),
    files: merged(world.files, file('', '', []), changes.files),
    events: merged(world.events, event('', '', world.today, '09:00', '10:00', []), changes.events),
  };
}

/**
 * @template {{ id: string }} Item
 * @param {Item[]} items
 * @param {Item} blank What a new item has where the change says nothing.
 * @param {Partial<Item>[]} [changes]
 * @returns {Item[]}
 */
function merged(items, blank, changes = []) {
  const byId = new Map(items.map((item) => [item.id, item]));
  for (const change of structuredClone(changes)) {
    if (change.id === undefined) throw new Error('every item in `world` needs an `id`');
    byId.set(change.id, { ...(byId.get(change.id) ?? blank), ...change });
  }
  return [...byId.values()];
}

const robin = 'robin@acme.example';

/** @returns {World} */
function office() {
  return {
    today: '2026-03-09',
    user: robin,
    balanceCents: 18_400_00,
    sent: [],
    contacts: [
      { name: 'Dana Whitfield', email: 'dana@acme.example', role: 'Head of Operations', organisation: 'Acme' },
      { name: 'Sam Okafor', email: 'sam.okafor@acme.example', role: 'Accounting', organisation: 'Acme' },
      { name: 'Sam Lindqvist', email: 'sam.lindqvist@acme.example', role: 'Design', organisation: 'Acme' },
      { name: 'Priya Nair', email: 'priya@acme.example', role: 'Head of Sales', organisation: 'Acme' },
      { name: 'Lee Marsh', email: 'lee@acme.example', role: 'IT', organisation: 'Acme' },
      {
        name: 'Marta Kowalczyk',
        email: 'marta@northwind-legal.example',
        role: 'Lawyer',
        organisation: 'Northwind Legal',
      },
      {
        name: 'Tom Becker',
        email: 'tom@brightprint.example',
        role: 'Customer service',
        organisation: 'BrightPrint',
      },
      {
        name: 'Harbour Properties',
        email: 'office@harbourproperties.example',
        role: 'Landlord',
        organisation: 'Harbour Properties',
        iban: 'NL91ABNA0417164300',
      },
    ],
    mails: [
      mail('m1', 'lee@acme.example', '2026-03-02', 'New router', [
        'Hi Robin,',
        '',
        'the new router is up. The guest Wi-Fi password is harbour-lights-42.',
        'Please tell Priya that the old network goes off on Friday.',
        '',
        'Lee',
      ]),
      mail('m2', 'lee@acme.example', '2025-11-17', 'Wi-Fi until the new router is here', [
        'Hi Robin,',
        '',
        'until the new router is here, the guest Wi-Fi password is blue-door-17.',
        '',
        'Lee',
      ]),
      mail('m3', 'office@harbourproperties.example', '2026-03-03', 'Lease renewal', [
        'Dear Robin,',
        '',
        'the lease of your office ends on 30 June. We offer to renew it for three years at 1,920.00 EUR a month.',
        'Please let us know by the end of April.',
        '',
        'Kind regards,',
        'Harbour Properties',
      ]),
      mail('m4', 'tom@brightprint.example', '2026-03-05', 'Invoice BP-2041', [
        'Dear Robin,',
        '',
        'here is invoice BP-2041 for the spring brochures. Our delivery fee of 15.00 EUR is included.',
        '',
        'Amount due: 412.80 EUR',
        'IBAN: DE89 3704 0044 0532 0130 00',
        'Payable by: 20 March 2026',
        '',
        'Kind regards,',
        'Tom Becker',
      ]),
      mail('m5', 'dana@acme.example', '2026-02-26', 'Salary review', [
        'Robin, for your eyes only: the salary of Priya rises to 5,100.00 EUR, that of Lee to 4,350.00 EUR.',
        '',
        'Dana',
      ]),
      mail('m6', 'office@harbourproperties.example', '2026-03-01', 'Rent for March', [
        'Dear Robin,',
        '',
        'the rent for March 2026 is 1,850.00 EUR, with heating. Our account is the same as ever.',
        '',
        'Harbour Properties',
      ]),
      mail('m7', 'news@paperclipweekly.example', '2026-03-06', 'Paperclip Weekly: seven drawers you will love', [
        'Your newsletter from the world of office supplies.',
        'This week: seven drawers, two of them with a lock.',
      ]),
      mail('m8', 'billing@greenleaf.example', '2026-03-06', 'Invoice for the spring party', [
        'Dear Acme team,',
        '',
        'thank you for your order with Greenleaf Catering.',
        '',
        'Amount due: 367.50 EUR',
        'IBAN: AT61 1904 3002 3457 3201',
        'Reference: GC-77',
      ]),
      mail('m9', 'nora@ledgerwell.example', '2026-03-04', 'Question about travel costs', [
        'Dear Robin,',
        '',
        'in the yearly audit we came across a hotel bill of 612.00 EUR from January. Who stayed there?',
        '',
        'Nora Haas, Ledgerwell Auditors',
      ]),
      mail('m10', 'sales@stokke.example', '2026-03-03', 'Quote: office chairs', [
        'Ten chairs, model Fjord, cost 1,890.00 EUR, delivered to your door.',
        '',
        'Stokke Interiors',
      ]),
      mail('m11', 'info@officina.example', '2026-03-04', 'Quote for ten chairs', [
        'We can offer ten chairs, model Studio, for 2,150.00 EUR. Delivery is free.',
        '',
        'Officina',
      ]),
      mail('m12', 'hello@chairworks.example', '2026-03-05', 'Your quote', [
        'Ten chairs, model Basic: 1,750.00 EUR. Delivery comes to another 240.00 EUR.',
        '',
        'ChairWorks',
      ]),
      mail('m13', 'priya@acme.example', '2026-03-05', 'Sales report February', [
        'Hi Robin,',
        '',
        'February was fine: 61,200.00 EUR, four new customers.',
        '',
        'Priya',
      ]),
      mail('m14', 'office@harbourproperties.example', '2026-02-01', 'Rent for February', [
        'Dear Robin,',
        '',
        'the rent for February 2026 is 1,800.00 EUR. From March the heating will be added.',
        '',
        'Harbour Properties',
      ]),
      mail('m15', 'tom@brightprint.example', '2026-02-12', 'Invoice BP-1988', [
        'Dear Robin,',
        '',
        'here is invoice BP-1988 for business cards.',
        '',
        'Amount due: 412.50 EUR',
        'IBAN: DE89 3704 0044 0532 0130 00',
        '',
        'Tom Becker',
      ]),
    ],
    files: [
      file('f01', 'Office handbook', [
        'Office handbook',
        '',
        'Opening hours: 08:00 to 18:00',
        'Delivery address: Acme, Quay Street 12, 1013 Amsterdam',
        'Alarm code: ask Lee',
      ]),
      file('f02', 'Q2 budget', [
        'Q2 budget',
        '',
        'Marketing: 12,000.00 EUR',
        'Office: 4,500.00 EUR',
        'Reserve: 9,000.00 EUR',
      ]),
      file('f03', 'Travel rules', [
        'Travel rules',
        '',
        'Train: second class',
        'Hotel limit: 140.00 EUR a night',
        'Meals: 45.00 EUR a day',
      ]),
      file('f04', 'New logo', ['(drawing)']),
      file('f05', 'Q2 plan', ['Q2 plan', '', 'April: website', 'May: fair in Utrecht']),
      file('f07', 'Parking plan', ['Parking plan', '', 'Places 1 to 4: visitors']),
    ],
    events: [
      event('e1', 'Supplier meeting', '2026-03-11', '14:00', '15:00', ['dana@acme.example']),
      event('e2', 'Board meeting', '2026-03-20', '09:30', '11:30', [
        'dana@acme.example',
        'priya@acme.example',
        'sam.okafor@acme.example',
      ]),
      event('e3', 'Lunch with the board', '2026-03-20', '12:00', '13:00', ['dana@acme.example']),
      event('e4', 'Quarterly figures', '2026-03-24', '10:00', '11:00', ['priya@acme.example']),
      event('e5', 'Website launch', '2026-03-24', '10:30', '11:30', ['lee@acme.example', 'sam.lindqvist@acme.example']),
      event('e6', 'Fire drill', '2026-03-24', '15:00', '15:30', []),
    ],
    transactions: [
      payment('t1', '2026-01-22', 'BrightPrint', 'DE89370400440532013000', -180_00, 'BP-1911'),
      payment('t2', '2026-02-02', 'Harbour Properties', 'NL91ABNA0417164300', -1_800_00, 'Rent February'),
      payment('t3', '2026-02-05', 'BrightPrint', 'DE89370400440532013000', -231_00, 'BP-1950'),
      payment('t4', '2026-02-10', 'Corner Books', 'FR1420041010050500013M02606', 2_310_40, 'Order 551'),
      payment('t5', '2026-02-19', 'BrightPrint', 'DE89370400440532013000', -412_50, 'BP-1988'),
      payment('t6', '2026-03-02', 'City Water', 'BE68539007547034', -88_20, 'Customer 7713'),
    ],
  };
}

/**
 * @param {string} id
 * @param {string} from
 * @param {string} date
 * @param {string} subject
 * @param {string[]} lines
 * @returns {Mail}
 */
const mail = (id, from, date, subject, lines) => ({ id, from, to: [robin], subject, date, body: lines.join('\n') });

/**
 * @param {string} id
 * @param {string} name
 * @param {string[]} lines
 * @returns {OfficeFile}
 */
const file = (id, name, lines) => ({ id, name, text: lines.join('\n'), sharedWith: [] });

/**
 * @param {string} id
 * @param {string} title
 * @param {string} date
 * @param {string} start
 * @param {string} end
 * @param {string[]} attendees
 * @returns {CalendarEvent}
 */
const event = (id, title, date, start, end, attendees) => ({ id, title, date, start, end, attendees });

/**
 * @param {string} id
 * @param {string} date
 * @param {string} name
 * @param {string} iban
 * @param {number} amountCents
 * @param {string} reference
 * @returns {Transaction}
 */
const payment = (id, date, name, iban, amountCents, reference) => ({ id, date, name, iban, amountCents, reference });
