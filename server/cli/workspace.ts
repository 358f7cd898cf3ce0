/** The option that says which workspace a command is about. */
import { existsSync } from 'node:fs';
import { Option } from 'commander';
import { CommandFailure, exitCodes } from './exit-codes.ts';

/** A folder that exists: above one that does not, somebody else's workspace may begin. */
export const workspaceOption = (): Option =>
  new Option('--workspace <folder>', 'a folder of the workspace').default('.').argParser(existing);

/** `path` itself. Throws a `CommandFailure` where there is nothing. */
export function existing(path: string): string {
  if (!existsSync(path)) throw new CommandFailure(exitCodes.usage, `there is no file or folder \`${path}\``);
  return path;
}
