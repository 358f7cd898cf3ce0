/** How documents look in the editor: folds, selections, colours, hints, lenses and what settings change of it. */
import assert from 'node:assert/strict';
import { setup, suite, test } from 'mocha';
import * as vscode from 'vscode';
import type { PolicyTestResults } from '../../../server/protocol/index.ts';
import { becomes, type DeskFile, layOut, placeOf, positionOf, rangeOf, replace, show, withSetting } from './desk.ts';
import { eventually } from './wait.ts';

const whole = new vscode.Range(0, 0, 1_000, 0);

async function foldsOf(file: DeskFile): Promise<string[]> {
  const { document } = await show(file);
  const folds = await vscode.commands.executeCommand<vscode.FoldingRange[]>(
    'vscode.executeFoldingRangeProvider',
    document.uri,
  );
  return folds.map(({ start, end }) => `${start + 1}-${end + 1}`);
}

/** Each token as `text type.modifier`, as the editor decodes it. */
async function tokensOf(file: DeskFile, within?: string): Promise<string[]> {
  const { document } = await show(file);
  const range = within === undefined ? [] : [rangeOf(document, within)];
  const kind = within === undefined ? 'Document' : 'DocumentRange';
  const legend = await vscode.commands.executeCommand<vscode.SemanticTokensLegend | undefined>(
    `vscode.provide${kind}SemanticTokensLegend`,
    document.uri,
    ...range,
  );
  const tokens = await vscode.commands.executeCommand<vscode.SemanticTokens | undefined>(
    `vscode.provide${kind}SemanticTokens`,
    document.uri,
    ...range,
  );
  if (legend === undefined || tokens === undefined) return [];
  const found: string[] = [];
  let [line, character] = [0, 0];
  for (let at = 0; at < tokens.data.length; at += 5) {
    const [lines = 0, characters = 0, length = 0, type = 0, bits = 0] = tokens.data.subarray(at, at + 5);
    character = lines === 0 ? character + characters : characters;
    line += lines;
    const modifiers = legend.tokenModifiers.filter((_, bit) => (bits & (1 << bit)) !== 0);
    const text = document.getText(new vscode.Range(line, character, line, character + length));
    found.push(`${text} ${[legend.tokenTypes[type], ...modifiers].join('.')}`);
  }
  return found;
}

async function hintsOf(file: DeskFile): Promise<string[]> {
  const { document } = await show(file);
  const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
    'vscode.executeInlayHintProvider',
    document.uri,
    whole,
  );
  return hints.map(({ position, label }) => {
    const text = typeof label === 'string' ? label : label.map(({ value }) => value).join('');
    return `${position.line + 1}: ${text}`;
  });
}

async function lensesOf(file: DeskFile): Promise<vscode.CodeLens[]> {
  const { document } = await show(file);
  return await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', document.uri, 100);
}

const lensLabels = async (file: DeskFile) =>
  (await lensesOf(file)).map(({ range, command }) => `${range.start.line + 1}: ${command?.title}`);

suite('presentation', () => {
  setup(layOut);

  test('blocks fold', () => becomes(() => foldsOf('strict.policy.yaml'), ['4-15', '6-8', '9-15', '10-12', '13-15']));

  test('a selection grows from a word to the document', () =>
    becomes(async () => {
      const { document } = await show('strict.policy.yaml');
      const [innermost] = await vscode.commands.executeCommand<vscode.SelectionRange[]>(
        'vscode.executeSelectionRangeProvider',
        document.uri,
        [positionOf(document, 'anyOf: [p$0ay]')],
      );
      const texts: string[] = [];
      for (let range = innermost; range !== undefined; range = range.parent) texts.push(document.getText(range.range));
      // The editor adds what stands between brackets.
      return texts.filter((text) => text === text.trim()).slice(0, 5);
    }, ['pay', '[pay]', 'anyOf: [pay]', '{ anyOf: [pay] }', 'tool.name: { anyOf: [pay] }']));

  test('words have their meaning as colour', () =>
    becomes(() => tokensOf('open.policy.yaml'), ['Policy kind', 'open id.declaration', 'allow effect.allow']));

  test('so have those of a part', () =>
    becomes(
      () => tokensOf('strict.policy.yaml', 'tool.name: { anyOf: [pay] }'),
      ['tool.name signal', 'anyOf comparator', 'pay reference'],
    ));

  test('what is true but not written is shown, as settings have it', async () => {
    const all = ['7: 2 variants × 2 tasks × 5 = 20 trials', '8: 1 min 30 s'];
    await becomes(() => hintsOf('try.experiment.yaml'), all);
    const { document } = await show('try.experiment.yaml');
    await withSetting('assay.inlayHints', 'durations', false, document, () =>
      becomes(() => hintsOf('try.experiment.yaml'), all.slice(0, 1)),
    );
    await becomes(() => hintsOf('try.experiment.yaml'), all);
  });

  const lenses: readonly [file: DeskFile, labels: readonly string[]][] = [
    ['try.experiment.yaml', ['2: ▶ Run experiment']],
    [
      'strict.policy.yaml',
      ['3: 3 references', '3: Evaluate…', '7: 1 reference', '10: Evaluate…', '13: 1 reference', '13: Evaluate…'],
    ],
    ['desk.capsule.yaml', ['6: 1 reference']],
    ['clerk.preset.yaml', ['3: 4 references', '9: 1 reference', '10: 1 reference']],
    ['promises.policytest.yaml', ['3: ▶ Run 1 case']],
    ['chores.tasks.yaml', ['3: 1 reference']],
    ['office.environment.yaml', ['3: 3 references', '7: 2 references', '13: 3 references']],
  ];
  for (const [file, labels] of lenses) test(`lenses of ${file}`, () => becomes(() => lensLabels(file), [...labels]));

  test('every lens does something', async () => {
    const commands = new Set(await vscode.commands.getCommands());
    for (const [file] of lenses)
      for (const { command } of await lensesOf(file)) assert.ok(commands.has(command?.command ?? ''), command?.title);
  });

  test('a click on a policy test runs its cases, as they are written now', async () => {
    const lens = await eventually('the lens', async () =>
      (await lensesOf('promises.policytest.yaml')).find(({ command }) => command?.title === '▶ Run 1 case'),
    );
    const { command = '', arguments: given = [] } = lens.command ?? {};
    const click = async () => {
      const { tests } = await vscode.commands.executeCommand<PolicyTestResults>(command, ...given);
      return tests.map(({ name, cases }) => [name, cases.map((each) => [each.name, each.passed])]);
    };
    assert.deepEqual(await click(), [['promises', [['no money leaves', true]]]]);
    const { document } = await show('promises.policytest.yaml');
    await replace(document, 'decision: deny', 'decision: allow');
    assert.deepEqual(await click(), [['promises', [['no money leaves', false]]]]);
  });

  test('a click on references peeks at them', async () => {
    const lens = await eventually('the lens', async () =>
      (await lensesOf('strict.policy.yaml')).find(({ command }) => command?.title === '3 references'),
    );
    const [uri, at, places] = lens.command?.arguments ?? [];
    assert.equal((places as { uri: string }[]).length, 3);
    await vscode.commands.executeCommand(lens.command?.command ?? '', uri, at, places);
    // The command of the editor takes an answer only while the peek is open.
    await vscode.commands.executeCommand('closeReferenceSearch');
    const references = await vscode.commands.executeCommand<vscode.Location[]>(
      'vscode.executeReferenceProvider',
      vscode.Uri.parse(uri),
      lens.range.start,
    );
    assert.ok(references.map(placeOf).includes('try.experiment.yaml:11'));
  });
});
