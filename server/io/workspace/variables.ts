/** The environment variables that an experiment asks for. */
import { readFile } from 'node:fs/promises';
import { asKind, readDocuments } from '../../engine/documents/index.ts';
import { decode } from './decode.ts';

/** Names and values of those variables that the experiment at `path` lists under `env` and `environment` has. */
export async function listedVariables(path: string, environment: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const text = await readFile(path).then(decode, () => '');
  const names = readDocuments(text).flatMap((document) => asKind(document, 'Experiment')?.spec.env ?? []);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
