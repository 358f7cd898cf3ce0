/** What the command line's exit codes mean; the help text shows the same table. */
export const exitCodes = {
  done: 0,
  findings: 1,
  usage: 2,
  environment: 3,
  cancelled: 130,
} as const;

export const exitCodeHelp = `
Exit codes:
  0    done (a run that completed, whatever its agents scored)
  1    findings: errors in documents, a ledger that does not verify, a condition of --fail-on
  2    the command was not understood or cannot be carried out as given
  3    the environment failed: no host, no disk, no permission
  130  cancelled`;

/** An end of the command with a message for the user; caught once, in main. */
export class CommandFailure extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
