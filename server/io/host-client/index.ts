/** How clients reach the host of a workspace, and start it when there is none. */
export { type BudgetState, type Budgets, budgetsOver, type Lease } from './budgets.ts';
export * from './connect.ts';
export { messagesOver } from './messages.ts';
export * from './places.ts';
