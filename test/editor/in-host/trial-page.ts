/** The page of a trial whose agent and tools say things that would be markup, drawn by the editor's own markdown engine. */
import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import { trialPage } from '../../../client/views/trial-markdown.ts';
import { anchorOf, stepTitle } from '../../../client/views/words.ts';
import type { Step, TrialDetail } from '../../../server/protocol/index.ts';

const hostile = '<img src=x> [click](command:evil) **bold**\n```\n# heading\n````\n<script>';

const step: Step = {
  step: 0,
  action: { type: 'tool', tool: 'read_<b>mail</b>', input: { query: hostile } },
  thought: hostile,
  decision: {
    effect: 'deny',
    final: 'deny',
    causes: [{ kind: 'rule', effect: 'deny', policy: 'strict', id: 'no-reading', line: 12, message: hostile }],
  },
  output: hostile,
  failure: { reason: 'CRASHED', message: hostile },
  costMicros: 1_500,
  durationMs: 12,
};
const detail: TrialDetail = {
  summary: {
    id: 't1',
    variant: hostile,
    task: 'pay <i>rent</i>',
    repetition: 0,
    state: 'denied',
    security: 'held',
    steps: 1,
    denials: 1,
    costMicros: 1_500,
    durationMs: 12,
  },
  answer: hostile,
  steps: [step],
};

const render = (markdown: string) => vscode.commands.executeCommand<string>('markdown.api.render', markdown);

suite('trial page', () => {
  test('nothing that an agent says becomes markup', async () => {
    const html = await render(trialPage(detail, new Map()));
    for (const tag of ['<img', '<script', '<b>', '<i>', 'href="command:']) assert.ok(!html.includes(tag), tag);
    assert.equal(html.match(/<h1\b/g)?.length, 1);
  });

  test('the rule is a link to its line', async () => {
    const html = await render(trialPage(detail, new Map([['strict', '/strict.policy.yaml']])));
    assert.match(html, /href="\/strict\.policy\.yaml#L12"/);
  });

  test('a step is found by its anchor', async () => {
    const html = await render(trialPage(detail, new Map()));
    assert.ok(html.includes(`id="${anchorOf(stepTitle(step))}"`), html.match(/<h2[^>]*>/)?.[0]);
  });
});
