/**
 * The budgets of a workspace for programs outside its host: what is asked in one turn of the event loop goes in one message.
 * Keeps nothing: whatever is held is held by the connection, and ends with it.
 */
import type { Result } from '../../engine/ports.ts';
import type {
  BudgetEnd,
  BudgetEnded,
  BudgetRefusal,
  BudgetReserved,
  BudgetWanted,
  SharedBudgets,
} from '../../protocol/index.ts';
import type { HostConnection } from './connect.ts';

/** A part of a budget that is held until it is ended, or the connection is. */
export interface Lease {
  readonly id: string;
  readonly amount: number;
  /** Ends it: `spent` of it, all when left out, stays spent, once that is on disk. Rejects when the connection is lost. */
  settle(spent?: number): Promise<Result<BudgetState, BudgetRefusal>>;
  /** Ends it: all of it goes back. A second time has no effect. */
  release(): Promise<Result<BudgetState, BudgetRefusal>>;
}

export type BudgetState = Extract<BudgetEnded, { state: unknown }>['state'];

export interface Budgets {
  list(): Promise<SharedBudgets>;
  /**
   * `amount` in the budget's whole units: millionths of a dollar, calls or steps. Rejects when the connection is lost; what is
   * held then goes back, or is spent, as `ifLost` says.
   */
  reserve(budget: string, amount: number, ifLost?: BudgetWanted['ifLost']): Promise<Result<Lease, BudgetRefusal>>;
}

const mostAtOnce = 1_000;

/** The budgets over `connection`. */
export function budgetsOver(connection: HostConnection): Budgets {
  const reserve = gathering((wanted: BudgetWanted[]) => connection.request('budgets/reserve', { wanted }));
  const end = gathering((ends: BudgetEnd[]) => connection.request('budgets/end', { ends }));
  const ended = async (lease: string, spent: number): Promise<Result<BudgetState, BudgetRefusal>> => {
    const answer: BudgetEnded = await end({ lease, spent });
    return 'refused' in answer ? { ok: false, error: answer.refused } : { ok: true, value: answer.state };
  };
  return {
    list: () => connection.request('budgets/list', {}),
    reserve: async (budget, amount, ifLost) => {
      const answer: BudgetReserved = await reserve({ budget, amount, ...(ifLost && { ifLost }) });
      if ('refused' in answer) return { ok: false, error: answer.refused };
      const id = answer.lease;
      const lease = {
        id,
        amount,
        settle: (spent = amount) => ended(id, spent),
        release: () => ended(id, 0),
      };
      return { ok: true, value: lease };
    },
  };
}

/** Asks for several at once: all that is asked in this turn, at most `mostAtOnce` in a message. */
function gathering<Q, A>(ask: (questions: Q[]) => Promise<readonly A[]>): (question: Q) => Promise<A> {
  let waiting: { readonly question: Q; readonly answer: PromiseWithResolvers<A> }[] = [];
  const send = () => {
    const asked = waiting;
    waiting = [];
    for (let at = 0; at < asked.length; at += mostAtOnce) {
      const part = asked.slice(at, at + mostAtOnce);
      ask(part.map(({ question }) => question)).then(
        (answers) => {
          for (const [index, { answer }] of part.entries()) {
            const given = answers[index];
            if (given === undefined) answer.reject(new Error('the host answered fewer questions than it was asked'));
            else answer.resolve(given);
          }
        },
        (error) => {
          for (const { answer } of part) answer.reject(error);
        },
      );
    }
  };
  return (question) => {
    const answer = Promise.withResolvers<A>();
    if (waiting.length === 0) setImmediate(send);
    waiting.push({ question, answer });
    return answer.promise;
  };
}
