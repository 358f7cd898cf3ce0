/** Who sits here, as git and the operating system have it. It is a claim and no proof: nothing here is authenticated. */
import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import type { Person } from '../protocol/index.ts';

const gitTimeoutMs = 5_000;

/** The person by git's settings for `folder`, else by the account; `groups` are what the person says to belong to. */
export async function personHere(folder: string, groups: readonly string[]): Promise<Person> {
  const [name, email] = await Promise.all([gitSetting(folder, 'user.name'), gitSetting(folder, 'user.email')]);
  const user = accountName();
  return {
    name: name ?? user ?? email ?? 'somebody',
    ...(email !== undefined && { email }),
    ...(user !== undefined && { user }),
    groups,
  };
}

/** Reading a setting runs nothing of the folder's. */
async function gitSetting(folder: string, key: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['config', '--get', key], {
      cwd: folder,
      timeout: gitTimeoutMs,
      windowsHide: true,
    });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where the account has no name, as in some containers. */
function accountName(): string | undefined {
  try {
    return userInfo().username || undefined;
  } catch {
    return undefined;
  }
}
