/** `assay policy prove`: what is proved of policies that apply together, with actions that show it. */
import colours from 'picocolors';
import type { TestedPolicy } from '../../engine/backtest/index.ts';
import { createProver, type Finding, horizonFrom } from '../../engine/policy/prove/index.ts';
import { exitCodes } from '../exit-codes.ts';
import { plural } from '../terminal.ts';
import { placeText } from './decide.ts';
import { Loader, quoted } from './load.ts';

export interface ProveOptions {
  readonly environment?: string;
  readonly all?: boolean;
  readonly json?: boolean;
  readonly workspace: string;
}

type Severity = 'warning' | 'info';

export async function provePolicies(references: readonly string[], options: ProveOptions): Promise<number> {
  const loader = await Loader.of(options.workspace);
  const isShown = (finding: Finding) => options.all || isForAuthors(finding);
  const tools = loader.environment(options.environment)?.spec.tools ?? null;
  const sets = references.length > 0 ? [loader.policies(references)] : loader.allPolicies().map((policy) => [policy]);
  const horizon = horizonFrom(Date.now());
  const proofs = sets.map((policies) => {
    const { findings, undecided } = createProver().prove({
      policies: policies.map(({ compiled }) => compiled),
      tools,
      horizon,
    });
    const shown = findings.filter(isShown).map((finding) => ({ finding, severity: severityOf(finding) }));
    return { policies, findings: shown, undecided };
  });
  if (options.json) {
    const plain = proofs.map(({ policies, findings, undecided }) => ({
      policies: namesOf(policies),
      findings: findings.map(({ finding: { witness, ...finding }, severity }) => ({
        ...finding,
        severity,
        witness: witness(),
      })),
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

const namesOf = (policies: readonly TestedPolicy[]): string[] => policies.map(({ compiled }) => compiled.name);

/** A guard across other rules is no contradiction to tell an author of: both have to reach beyond the other in one signal. */
const isForAuthors = ({ code, crossing = [] }: Finding): boolean =>
  code !== 'proof/contradictory' || crossing.length > 0;

/** Rules that speak twice or guard each other are a matter of style; what has no effect or cannot be paid is not. */
const severityOf = ({ code, unlessUnknown }: Finding): Severity =>
  code === 'proof/redundant' || code === 'proof/contradictory' || unlessUnknown !== undefined ? 'info' : 'warning';

function findingText(finding: Finding, severity: Severity, loader: Loader): string {
  const { message, places, code } = finding;
  const paint = severity === 'warning' ? colours.yellow : colours.cyan;
  const where = places.map(({ digest, line }) => placeText(loader, digest, line)).filter((text) => text !== '');
  const witness = finding.witness();
  const shown =
    witness === null
      ? []
      : [
          '  for example:',
          ...witness.yaml
            .trimEnd()
            .split('\n')
            .map((line) => `    ${colours.dim(line)}`),
        ];
  return [`${paint(severity)}: ${message}  ${colours.dim(`${where.join(', ')} [${code}]`)}`, ...shown].join('\n');
}
