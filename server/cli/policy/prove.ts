/** `assay policy prove`: what is proved of policies that apply together, with actions that show it. */
import colours from 'picocolors';
import type { TestedPolicy } from '../../engine/backtest/index.ts';
import { createProver, type Finding, horizonFrom, type Proof } from '../../engine/policy/prove/index.ts';
import { witnessText } from '../../language/index.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { plural } from '../terminal.ts';
import { placeText } from './decide.ts';
import { Loader, quoted } from './load.ts';

export interface ProveOptions {
  readonly environment?: string;
  readonly all?: boolean;
  readonly days?: string;
  readonly json?: boolean;
  readonly workspace: string;
}

type Severity = 'warning' | 'info';

export async function provePolicies(references: readonly string[], options: ProveOptions): Promise<number> {
  const loader = await Loader.of(options.workspace);
  const tools = loader.environment(options.environment)?.spec.tools ?? null;
  const sets = references.length > 0 ? [loader.policies(references)] : loader.policySets();
  const horizon = horizonFrom(Date.now(), daysOf(options));
  const proofs = sets.map((policies) => {
    const proof = createProver().prove({ policies: policies.map(({ compiled }) => compiled), tools, horizon });
    const { undecided } = proof;
    const shown = (options.all ? withAll(proof) : proof.findings).map((finding) => ({
      finding,
      severity: severityOf(finding),
    }));
    return { policies, findings: shown, undecided };
  });
  if (options.json) {
    const plain = proofs.map(({ policies, findings, undecided }) => ({
      policies: namesOf(policies),
      findings: findings.map(({ finding, severity }) => plainOf(finding, severity)),
      undecided,
    }));
    process.stdout.write(`${JSON.stringify({ horizon, proofs: plain }, null, 2)}\n`);
  } else {
    const texts = proofs.map(({ policies, findings, undecided }) => {
      const open = undecided.map(
        ({ place, message }) =>
          `${colours.yellow('not decided')}: ${message}  ${colours.dim(placeText(loader, place.digest, place.line))}`,
      );
      const found = findings.map(({ finding, severity }) => findingText(finding, severity, loader));
      const head = `${namesOf(policies).map(quoted).join(' with ')}: ${found.length + open.length === 0 ? colours.green('nothing found') : plural(found.length, 'finding')}`;
      return [head, ...found, ...open].join('\n');
    });
    process.stdout.write(`${texts.join('\n\n')}\n`);
  }
  const isWarned = proofs.some(({ findings }) => findings.some(({ severity }) => severity === 'warning'));
  return isWarned ? exitCodes.findings : exitCodes.done;
}

/** Hours of a week are gone through one by one, so that centuries take long. */
const maxDays = 36_500;

function daysOf({ days }: ProveOptions): number | undefined {
  if (days === undefined) return undefined;
  const count = Number(days);
  if (Number.isInteger(count) && count >= 1 && count <= maxDays) return count;
  throw new CommandFailure(
    exitCodes.usage,
    `\`${days}\` is no number of days; give a whole number from 1 to ${maxDays}`,
  );
}

const namesOf = (policies: readonly TestedPolicy[]): string[] => policies.map(({ compiled }) => compiled.name);

/** Each two rules that contradict each other for themselves, guards across other rules too. */
const withAll = ({ findings, contradictions }: Proof): Finding[] => [
  ...findings.filter(({ code }) => code !== 'proof/contradictory'),
  ...contradictions(),
];

const plainOf = (finding: Finding, severity: Severity) => {
  const { code, places, more, message, fixes, crossing, unlessUnknown, isForLater, budget } = finding;
  return {
    code,
    severity,
    message,
    places,
    ...(more > 0 && { more }),
    ...(crossing && { crossing }),
    ...(unlessUnknown && { unlessUnknown }),
    ...(isForLater && { isForLater }),
    ...(budget && { budget }),
    fixes,
    witness: witnessOf(finding),
  };
};

/** Rules that speak twice, guard each other or wait for their time are a matter of style; what has no effect or cannot be paid is not. */
const severityOf = ({ code, isForLater }: Finding): Severity =>
  code === 'proof/redundant' || code === 'proof/contradictory' || isForLater ? 'info' : 'warning';

function witnessOf(finding: Finding) {
  const witness = finding.witness();
  if (witness === null) return null;
  const { signals, decision, rules } = witness;
  return { signals, decision, rules, yaml: witnessText(witness) };
}

function findingText(finding: Finding, severity: Severity, loader: Loader): string {
  const { message, places, code } = finding;
  const paint = severity === 'warning' ? colours.yellow : colours.cyan;
  const where = places.map(({ digest, line }) => placeText(loader, digest, line)).filter((text) => text !== '');
  const witness = witnessText(finding.witness());
  const shown =
    witness === null ? [] : ['  for example:', ...witness.split('\n').map((line) => `    ${colours.dim(line)}`)];
  return [`${paint(severity)}: ${message}  ${colours.dim(`${where.join(', ')} [${code}]`)}`, ...shown].join('\n');
}
