/** Budgets: pools that are reserved from before an action and settled after it, and those who hold a part of one. */
export { type Ended, Holder, type IfLost, type Refusal } from './holder.ts';
export {
  type Balance,
  type Budgeted,
  type Charge,
  type Exhausted,
  Order,
  Pool,
  Reservation,
  type Taking,
  Tally,
  tallyKey,
} from './pool.ts';
