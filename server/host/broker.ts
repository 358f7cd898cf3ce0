/**
 * Lets programs outside the host share the budgets of the workspace, out of the same pools that runs draw from. What a
 * connection holds is in memory and goes back when it ends, unless it wanted otherwise; what it has spent is in the
 * workspace's ledger.
 */
import { randomBytes } from 'node:crypto';
import { type Ended, Holder, type Pool } from '../engine/budget/index.ts';
import { halt, haltsLeft, reopenWorkspace, shortageOf, type Workspace } from '../engine/kernel/index.ts';
import type { Clock, Result } from '../engine/ports.ts';
import type {
  BudgetEnd,
  BudgetEnded,
  BudgetRefusal,
  BudgetReserved,
  BudgetWanted,
  SharedBudget,
  SharedBudgets,
} from '../protocol/index.ts';
import type { SharedCounts } from './shared-counts.ts';
import { readWorkspaceBudgets, type WorkspaceBudgets } from './workspace-budgets.ts';

/** So many in one message; more would hold up everybody else. */
const mostAtOnce = 10_000;

export interface BrokerOptions {
  readonly counts: SharedCounts;
  readonly clock: Clock;
}

/** One connection's hold on the budgets. Its methods never reject. */
export interface BudgetHolder {
  reserve(wanted: readonly BudgetWanted[]): Promise<readonly BudgetReserved[]>;
  /** Resolves when everything that was spent is on disk. */
  end(ends: readonly BudgetEnd[]): Promise<readonly BudgetEnded[]>;
  /** The connection has ended. */
  dispose(): void;
}

/** What the broker needs to know, once it has been asked. */
interface Known extends WorkspaceBudgets {
  readonly workspace: Workspace;
}

export class Broker {
  readonly #options: BrokerOptions;
  #known: Promise<Result<Known, string>> | null = null;

  constructor(options: BrokerOptions) {
    this.#options = options;
  }

  /** The budgets as the files say now. */
  async list(): Promise<SharedBudgets> {
    const known = await this.#read();
    if (!known.ok) throw new Error(known.error);
    const { budgets, policies, workspace, problems } = known.value;
    const nowMs = this.#options.clock.nowMs();
    const left = haltsLeft(workspace.state, policies, nowMs);
    return {
      budgets: [...budgets.values()].map(({ pool, path }) => described(pool.asOf(nowMs), path)),
      halts: workspace.state.halts.map((halt) => ({
        budget: `${halt.policy}/${halt.id}`,
        message: halt.message ?? '',
        isLiftedNext: !left.includes(halt),
      })),
      problems,
    };
  }

  /** A place for a connection; `client` says who it is. */
  join(client: () => string): BudgetHolder {
    const holder = new Holder(randomBytes(6).toString('hex'));
    let known: Known | null = null;
    return {
      reserve: async (wanted) => {
        if (!isList(wanted)) return [tooMany()];
        // The limits are those of the files when the connection began to ask, or met a name that it did not know.
        if (known === null || wanted.some((one) => !known?.budgets.has(one.budget))) {
          const read = await this.#read();
          if (!read.ok) return wanted.map(() => refused('unavailable', read.error));
          known = read.value;
        }
        return await this.#reserve(known, holder, client, wanted);
      },
      end: async (ends) => {
        if (!isList(ends)) return [tooMany()];
        let recorded: Promise<void> | null = null;
        const nowMs = this.#options.clock.nowMs();
        const ended = ends.map(({ lease, spent }): Result<Ended, BudgetRefusal> => {
          const done = holder.end(String(lease), spent, nowMs);
          if (done.ok && done.value.state === 'settled')
            recorded = this.#options.counts.record.settle(client(), done.value.takings, done.value.spent);
          return done;
        });
        // All of one message are in one batch, or in none: a batch is not closed before its turn is over.
        const failure = await recordedOrWhy(recorded, 'what was spent counts');
        return ended.map((done) => {
          if (!done.ok) return { refused: done.error };
          const { state } = done.value;
          return state === 'settled' && failure !== null ? refused('not-recorded', failure) : { state };
        });
      },
      dispose: () => {
        for (const { takings, spent } of holder.close(this.#options.clock.nowMs()))
          void this.#options.counts.record.settle(client(), takings, spent).catch((error) => {
            console.error(`what ${client()} held counts as spent, but could not be recorded: ${messageOf(error)}`);
          });
      },
    };
  }

  /** Reserves each or says why not. What does not fit in a budget that halts ends the workspace, on record before the answer. */
  async #reserve(
    { budgets, policies, workspace, ambiguous }: Known,
    holder: Holder,
    client: () => string,
    wanted: readonly BudgetWanted[],
  ): Promise<readonly BudgetReserved[]> {
    const nowMs = this.#options.clock.nowMs();
    const { state } = workspace;
    reopenWorkspace(state, policies, nowMs);
    let recorded: Promise<void> | null = null;
    const answers = wanted.map(({ budget, amount, ifLost }): BudgetReserved => {
      const pool = budgets.get(budget)?.pool;
      if (pool === undefined)
        return refused(
          'unknown-budget',
          ambiguous.get(String(budget).replace(/\/[^/]*$/, '')) ?? unknownBudget(budget, budgets),
        );
      const [halted] = state.halts;
      if (halted !== undefined)
        return refused('halted', `the workspace is halted: ${halted.message ?? halted.id ?? ''}`);
      const reserved = holder.reserve(pool, amount, nowMs, ifLost === 'spent' ? ifLost : 'released');
      if (reserved.ok) return { lease: reserved.value };
      const { kind, message, pool: empty } = reserved.error;
      const shared = empty && budgets.get(empty.tally.of.budget);
      if (shared?.budget.onExhausted !== 'halt') return refused(kind, message);
      const cause = shortageOf(shared, amount);
      halt(state, cause);
      recorded = this.#options.counts.record.append({ type: 'budget-halted', client: client(), cause });
      return refused(kind, `${message}, which halts the workspace`);
    });
    const failure = await recordedOrWhy(recorded, 'the workspace is halted');
    return failure === null ? answers : answers.map((one) => ('lease' in one ? one : refused('not-recorded', failure)));
  }

  /** Reads the files anew; those who ask meanwhile get the same. */
  #read(): Promise<Result<Known, string>> {
    this.#known ??= this.#readAnew().finally(() => {
      this.#known = null;
    });
    return this.#known;
  }

  async #readAnew(): Promise<Result<Known, string>> {
    const { counts } = this.#options;
    const opened = await counts.open();
    if (!opened.ok) return opened;
    const workspace = opened.value;
    try {
      return {
        ok: true,
        value: { workspace, ...(await readWorkspaceBudgets(counts.workspaceRoot, workspace)) },
      };
    } catch (error) {
      return { ok: false, error: `the policies of the workspace cannot be read: ${messageOf(error)}` };
    }
  }
}

function described(pool: Pool, path: string): SharedBudget {
  const { tally, capacity, parent } = pool;
  const { budget, unit, windowMs } = tally.of;
  const counted = { budget, unit, limit: capacity, reserved: tally.reserved, spent: tally.spent, left: pool.remaining };
  const window =
    windowMs !== null && tally.window !== null ? { sizeMs: windowMs, endsAtMs: (tally.window + 1) * windowMs } : null;
  return { ...counted, ...(parent && { parent: parent.tally.of.budget }), ...(window && { window }), path };
}

/** Why it could not be recorded that `what`; null where it was, or nothing had to be. */
async function recordedOrWhy(recorded: Promise<void> | null, what: string): Promise<string | null> {
  try {
    await recorded;
    return null;
  } catch (error) {
    return `${what}, but it could not be recorded, and a restart would forget it: ${messageOf(error)}`;
  }
}

function unknownBudget(budget: string, budgets: WorkspaceBudgets['budgets']): string {
  const names = [...budgets.keys()].map((name) => `\`${name}\``);
  const known = names.length === 0 ? 'no policy has a budget `per: workspace`' : `there are ${names.join(', ')}`;
  return `there is no budget \`${budget}\` of the workspace; ${known}`;
}

/** Nothing inside an item has parts of its own: whatever else it is, it can be named in a refusal. */
const isList = (items: unknown): boolean =>
  Array.isArray(items) && items.length <= mostAtOnce && items.every((item) => isObject(item) && isFlat(item));
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isFlat = (item: object): boolean => !Object.values(item).some(isObject);
const tooMany = () => refused('invalid', `give a list of at most ${mostAtOnce} objects of texts and numbers`);
const refused = (kind: BudgetRefusal['kind'], message: string) => ({ refused: { kind, message } });
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
