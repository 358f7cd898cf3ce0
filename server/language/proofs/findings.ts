/**
 * What is proved of policies that apply together, as findings in the documents that they are about: told at the rule that
 * is idle or gives way, with the others beside it. It proves nothing itself.
 */
import type { LineMap, SourceDocument } from '../../engine/documents/index.ts';
import type { Example, Place, Proof, Finding as Proved } from '../../engine/policy/prove/index.ts';
import type { Finding } from '../checks/finding.ts';
import type { PolicySet } from './together.ts';

/** A finding with what it rests on, for those who show or mend it. */
export interface ProofFinding extends Finding {
  readonly proved: Proved | null;
  /** What it was proved of. */
  readonly together: Together;
  /** The document that a place of it is in. */
  readonly written: (place: Place) => Written | null;
}

export interface Written {
  /** Of the file, in the form of the workspace's view; null for the finding's own. */
  readonly path: string | null;
  readonly lines: LineMap;
  readonly document: SourceDocument;
}

export type Together = Pick<PolicySet, 'policies' | 'environment' | 'experiments'>;

const severities = {
  'proof/never-matches': 'warning',
  'proof/shadowed': 'warning',
  'proof/redundant': 'info',
  'proof/contradictory': 'info',
  'proof/budget-infeasible': 'warning',
} as const;

/** So many findings of a document carry the action that shows them; of the others it is made when somebody asks. */
const maxWitnesses = 50;

/** The findings about the document `here`, from its root. `written` knows the documents by their digests. */
export function findingsIn(
  here: string,
  { findings, undecided }: Proof,
  together: Together,
  written: (digest: string) => Written | null,
): readonly ProofFinding[] {
  const place = ({ digest }: Place) => {
    const found = written(digest);
    return found !== null && digest === here ? { ...found, path: null } : found;
  };
  const told = findings.filter((finding) => isForAuthors(finding, here));
  return [
    ...told.map((finding, index) => asFinding(finding, here, together, place, index < maxWitnesses)),
    ...undecided
      .filter((each) => each.place.digest === here)
      .map(
        (each): ProofFinding => ({
          code: 'proof/not-decided',
          severity: 'info',
          path: [...each.place.path, 'id'],
          message: each.message,
          proved: null,
          together,
          written: place,
        }),
      ),
  ];
}

function isForAuthors({ code, places, budget }: Proved, here: string): boolean {
  const [first] = places;
  if (first?.digest !== here) return false;
  // Another policy may be there today and gone tomorrow; children of budgets are told of by `meaning/children-exceed-parent`.
  if (code === 'proof/redundant') return places.every(({ digest }) => digest === here);
  return budget !== 'children';
}

function asFinding(
  proved: Proved,
  here: string,
  together: Together,
  written: ProofFinding['written'],
  isShown: boolean,
): ProofFinding {
  const witness = isShown ? plainly(proved.example()) : null;
  const { code, places, message, isForLater } = proved;
  const { experiments } = together;
  const [first, ...others] = places;
  const related = others.flatMap((place) => {
    const there = written(place);
    const file = there?.path != null ? { path: there.path, lines: there.lines, document: there.document } : null;
    return there === null ? [] : [{ path: idOf(place), message: `\`${place.id}\``, ...(file && { file }) }];
  });
  const strangers = [...new Set(others.filter(({ digest }) => digest !== here).map(({ policy }) => `\`${policy}\``))];
  const where = experiments.length > 0 ? ` in ${experiments.map((name) => `\`${name}\``).join(', ')}` : '';
  const mayGo = proved.fixes.some(({ kind }) => kind === 'delete');
  const isIdle = mayGo && (code === 'proof/shadowed' || code === 'proof/never-matches');
  return {
    code,
    severity: isForLater ? 'info' : severities[code],
    path: first === undefined ? [] : idOf(first),
    message,
    ...(strangers.length > 0 && {
      help: `${strangers.join(' and ')} ${strangers.length > 1 ? 'apply' : 'applies'} together with it${where}`,
    }),
    ...(related.length > 0 && { related }),
    ...(isIdle && { tag: 'unnecessary' as const }),
    ...(witness !== null && { data: { witness } }),
    proved,
    together,
    written,
  };
}

/** As much of an action as a test would have to say. */
function plainly(example: Example | null) {
  if (example === null) return null;
  const { action, byHand, signals } = example;
  return { ...action, signals: Object.fromEntries(byHand.map((name) => [name, signals[name]])) };
}

const idOf = ({ path }: Place) => [...path, 'id'];
