/** `assay policy fmt`: formats the files of policies and policy tests in place, or says which are not formatted. */
import { stat, writeFile } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { readDocuments } from '../../engine/documents/index.ts';
import { findWorkspaceRoot, loadWorkspace, readText } from '../../io/workspace/index.ts';
import { applyEdits, format } from '../../language/index.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { plural } from '../terminal.ts';
import { shownPath } from './load.ts';

export async function formatPolicies(paths: readonly string[], check: boolean): Promise<number> {
  const files = new Set<string>();
  for (const given of paths) for (const file of await filesAt(given)) files.add(file);
  const changed: string[] = [];
  for (const file of files) {
    const text = await readText(file);
    if (text === null) throw new CommandFailure(exitCodes.usage, `\`${shownPath(file)}\` cannot be read as text`);
    const broken = readDocuments(text)
      .flatMap(({ problems }) => problems)
      .find(({ code, severity }) => severity === 'error' && code.startsWith('yaml/'));
    if (broken !== undefined)
      throw new CommandFailure(exitCodes.findings, `\`${shownPath(file)}\` cannot be formatted: ${broken.message}`);
    const edits = format(text);
    if (edits.length === 0) continue;
    changed.push(file);
    if (!check) await writeFile(file, applyEdits(text, edits));
  }
  for (const file of changed) process.stdout.write(`${shownPath(file)}\n`);
  const done = check ? `${changed.length} not formatted` : `${changed.length} formatted`;
  const result = changed.length === 0 ? 'nothing to format' : done;
  process.stdout.write(`${plural(files.size, 'file')}: ${result}\n`);
  return check && changed.length > 0 ? exitCodes.findings : exitCodes.done;
}

async function filesAt(given: string): Promise<string[]> {
  const path = resolve(given);
  const what = await stat(path).catch(() => null);
  if (what === null) throw new CommandFailure(exitCodes.usage, `there is no file or folder \`${given}\``);
  if (!what.isDirectory()) return [path];
  const { files } = await loadWorkspace(findWorkspaceRoot(path));
  return files
    .filter(({ document }) => document.kind === 'Policy' || document.kind === 'PolicyTest')
    .map((file) => file.path)
    .filter((file) => file.startsWith(path.endsWith(sep) ? path : path + sep));
}
