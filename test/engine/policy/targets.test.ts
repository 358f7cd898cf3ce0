/** Addresses however they are spelt: the same host or mailbox is equal or unknown, and what is no address stays as it is. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Policy } from '../../../server/engine/documents/index.ts';
import { createKernel, type ToolDeclaration } from '../../../server/engine/kernel/index.ts';
import { comparedDomain, comparedId, compilePolicy, readTarget } from '../../../server/engine/policy/index.ts';

test.each<[text: string, domain: string | null]>([
  ['http://ｅｖｉｌ.com', 'evil.com'],
  ['http://𝐞vil.com', 'evil.com'],
  ['http://EVIL.com.', 'evil.com'],
  ['https://user:word@evil.com:8080/x?y=a@b', 'evil.com'],
  ['http://evil。com/', 'evil.com'],
  ['http://ev\u00adil.com', null],
  ['http://evil%2ecom', null],
  ['http://evil..com', null],
  ['http:／／evil.com', null],
  ['evil.com', 'evil.com'],
  ['evil.com/x', 'evil.com'],
  ['evil.com:443', 'evil.com'],
  ['Evil.Com.:443/x', 'evil.com'],
  ['evil.com\\x', 'evil.com'],
  ['evil.com／x', null],
  ['evil%2ecom/x', null],
  ['xn--evl-yma.com/x', null],
  ['http://xn--bcher-kva.example', null],
  ['http://BÜCHER.example', 'bücher.example'],
  ['http://straße.example', null],
  ['http://οδος.example', null],
  ['http://127.0.0.1/', '127.0.0.1'],
  ['http://2130706433/', null],
  ['http://0x7f.1/', null],
  ['http://[0:0::1]/', '[::1]'],
  ['[::1]:80', '[::1]'],
  ['http://[1:0:0:2:0:0:0:3]/', '[1:0:0:2::3]'],
  ['README.md', 'readme.md'],
  ['docs/plan.md', ''],
  ['report.txt', ''],
  ['Übersicht.PDF', ''],
  ['./a.b/c', ''],
  ['../a.b', ''],
  ['.gitignore', ''],
  ['/notes/plan.md', ''],
  ['~/notes.md/x', ''],
  ['C:\\notes.d', ''],
  ['My report v1.2', ''],
  ['DE89 3704', ''],
  ['localhost:8080', ''],
  ['v1.2', ''],
  ['@dana', null],
  ['acme.example,evil.com', null],
  ['localhost; evil.com/x', null],
  ['acme.example:9092,evil.com:9092', null],
  ['acme.example:/x,y', 'acme.example'],
  ['v1.2, v1.3', ''],
  ['docs/a,b.md', ''],
  ['http://acme.example/ http://evil.com/', null],
  ['http://acme.example/x,y?z=a;b', 'acme.example'],
])('the domain of `%s` is %j', (text, domain) => {
  expect(readTarget(text)).toEqual({ id: text, domain });
});

test.each([
  'Bob@evil.com',
  'bob@EVIL.com.',
  'ｂob@evil.com',
  'mailto:bob@evil.com',
  'MAILTO:Bob@evil.com',
  '<bob@evil.com>',
  'Bob of Evil <mailto:bob@evil.com>',
  ' bob@evil.com',
  'bob@evil.com\n',
])('%j is one mailbox', (text) => {
  expect(readTarget(text)).toEqual({ id: 'bob@evil.com', domain: 'evil.com' });
});

test.each([
  'bob@evil.com, dana@acme.example',
  '"bob"@evil.com',
  'bob(of evil)@evil.com',
  'bob @evil.com',
  'bob@evil.com\u200b',
  'b\u00adob@evil.com',
  'bob＠evil.com',
  'x＜bob@evil.com＞',
  'mailto:b%6fb@evil.com',
  'mailto:bob%40evil.com',
  'bob@xn--evl-yma.com',
  'bob@[127.0.0.1]',
  'bob\u0000@evil.com',
  'evil.com/steal?d=x@ok.example',
  'evil.com#@ok.example',
  '192.0.2.1/@ok.example',
  'localhost/@ok.example',
  'mailto:bob@evil.com?cc=dana@ok.example',
  'mailto:?to=bob%40evil.com&x=@ok.example',
])('%j may be one mailbox or another', (text) => {
  expect(readTarget(text)).toEqual({ id: null, domain: null });
});

const tool: ToolDeclaration = {
  name: 'open',
  description: 'Open it.',
  kind: 'read',
  risk: 0,
  targets: ['/to'],
  input: {},
};

function decisionOn(to: string, spec: Policy['spec']): string {
  const policy: Policy = { apiVersion: 'assay/v1', kind: 'Policy', metadata: { name: 'p' }, spec };
  const { value, problems } = compilePolicy({ policy, digest: 'sha256:0', lineOf: () => 1 });
  expect(problems).toEqual([]);
  const variants = new Map([['a', { role: 'r', policies: value === null ? [] : [value] }]]);
  const trial = createKernel({ variants }).openTrial({ trial: 't', variant: 'a' });
  return trial.decide(trial.signals({ type: 'tool', tool, input: { to } })).decision.effect;
}

const hostile = fc.constantFrom('evil.com', 'bob@evil.com').chain((plain) =>
  fc
    .tuple(
      fc.constantFrom(
        (text: string) => text,
        (text: string) => text.toUpperCase(),
        (text: string) => text.replaceAll('e', 'ｅ').replaceAll('o', '𝗼'),
        (text: string) => text.replace('.com', '。com'),
        (text: string) => text.replace('e', 'e\u00ad'),
        (text: string) => text.replace('evil', 'ev\u200dil'),
      ),
      fc.constantFrom('', ' ', '\t'),
      plain.includes('@')
        ? fc.constantFrom('$', 'mailto:$', '<$>', 'Bob <$>', 'Bob < $ >', '$.')
        : fc.constantFrom('$', '$/x', '$:443', '$.', '$?x', '$#x', 'http://$', 'HTTPS://$:8080/x', '//$', 'http:\\\\$'),
    )
    .map(([respell, blank, form]) => blank + form.replace('$', respell(plain))),
);

test('no spelling gets round a list of what is denied, or into one of what is allowed', () => {
  const denied: Policy['spec'] = {
    default: 'allow',
    rules: [
      { id: 'domains', effect: 'deny', when: { 'target.domains': ['evil.com'] } },
      { id: 'ids', effect: 'deny', when: { 'target.ids': ['Bob@evil.com'] } },
    ],
  };
  const allowed: Policy['spec'] = {
    default: 'allow',
    rules: [
      {
        id: 'others',
        effect: 'deny',
        when: { 'target.domains': { present: true } },
        unless: { 'target.domains': { only: ['*.acme.example'] } },
      },
    ],
  };
  fc.assert(
    fc.property(hostile, (to) => {
      expect([decisionOn(to, denied), decisionOn(to, allowed)]).toEqual(['deny', 'deny']);
    }),
    { numRuns: 500 },
  );
});

test('what has no domain is as free as before', () => {
  const spec: Policy['spec'] = {
    default: 'allow',
    rules: [{ id: 'r', effect: 'deny', when: { 'target.domains': 'evil.com' } }],
  };
  for (const to of ['docs/plan.md', 'report.txt', './a.b/c', 'README.md', 'DE89 3704', 'dana.smith'])
    expect([to, decisionOn(to, spec)]).toEqual([to, 'allow']);
});

/** Browsers read names of hosts by UTS #46, and addresses in all the manners that there are. */
const hostOfUrl = (host: string): string | null => {
  try {
    return new URL(`http://${host}/`).hostname.replace(/\.$/, '') || null;
  } catch {
    return null;
  }
};
const pieces = 'abeilsxKſßẞςσΣıİᾳαιäÄa\u0308ｅⅷ①0179x.。．｡-_\u00ad\u200d\u0345\uab70\u13a0ǅ℡K';
const host = fc
  .array(fc.constantFrom(...pieces, 'xn--', 'evil', '.com', 'bücher'), { maxLength: 5 })
  .map((some) => some.join(''));

test('two names that browsers take for one host are equal or unknown', () => {
  const seen = new Map<string, string>();
  const note = (name: string) => {
    const [read, means] = [readTarget(`http://${name}/`).domain, hostOfUrl(name)];
    if (read === null || read === '' || means === null) return;
    const before = seen.get(means);
    if (before !== undefined) expect([name, means, read]).toEqual([name, means, before]);
    seen.set(means, read);
  };
  for (let code = 0x80; code < 0x20000; code++)
    if (code < 0xd800 || code > 0xdfff) note(`${String.fromCodePoint(code)}a.example`);
  fc.assert(fc.property(host, note), { numRuns: 20_000 });
  expect(seen.size).toBeGreaterThan(1_000);
});

test('what is compared stays the same when it is read again', () => {
  const text = fc.oneof(hostile, host, fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(text, (written) => {
      const { id, domain } = readTarget(written);
      if (id !== null) expect(comparedId(id)).toBe(id);
      if (domain) expect(comparedDomain(domain)).toBe(domain);
    }),
    { numRuns: 5_000 },
  );
});
