/** Rules about the repository that the compiler cannot hold: headers, names, directions of imports, fresh generated files. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));
const sources = files.filter((file) => /\.(ts|tsx|mjs)$/.test(file) && !file.includes('/generated/'));
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Relative imports of a source file, as paths from the root. */
const importsOf = (file: string): string[] =>
  [...read(file).matchAll(/(?:^|\n)(?:import|export)[^'"\n;]*?(?:\n[^'"\n;]*?)*?from '(\.[^']+)'/g)].map((match) =>
    relative(root, resolve(root, dirname(file), match[1] ?? '')).replaceAll('\\', '/'),
  );

/** The part of the architecture that a file belongs to: `client`, `engine`, `io` … */
const partOf = (file: string): string => {
  const [top, second] = file.split('/');
  return top === 'server' ? (second ?? '') : (top ?? '');
};

const mayImport: Record<string, readonly string[]> = {
  engine: [],
  language: ['engine'],
  protocol: [],
  io: ['engine', 'protocol'],
  worker: ['engine'],
  host: ['engine', 'io', 'protocol'],
  cli: ['engine', 'io', 'protocol', 'language'],
  lsp: ['engine', 'io', 'protocol', 'language'],
  client: ['protocol'],
};

/** Inside the engine, a folder may import those that stand before it here. */
const engineOrder = ['documents', 'policy', 'budget', 'ledger', 'kernel', 'backtest', 'experiment'];

describe('every source file', () => {
  test.each(sources)('%s opens with what it is', (file) => {
    expect(read(file).replace(/^#!.*\n/, '')).toMatch(/^(\/\*\*|\/\/) ?\S*/);
  });

  test.each(files)('%s has a name that says something', (file) => {
    expect(file).not.toMatch(/(^|\/)(utils?|common|helpers?|misc)(\/|\.(ts|tsx|mjs)$)/);
  });
});

describe('imports', () => {
  test.each(sources.filter((file) => partOf(file) in mayImport))('%s imports only what stands below it', (file) => {
    for (const target of importsOf(file)) {
      const [from, to] = [partOf(file), partOf(target)];
      if (from !== to && target !== 'package.json') {
        expect(mayImport[from], `${file} imports ${target}`).toContain(to);
        const isOwnRoom = target.split('/').length === 3 && to === 'io';
        const isDoor = /\/(index|ports)\.ts$/.test(target);
        expect(isDoor || isOwnRoom, `${file} imports ${target} past the index of its folder`).toBe(true);
      }
    }
  });

  test.each(sources.filter((file) => file.startsWith('server/engine/')))('%s keeps the order of the engine', (file) => {
    const place = (path: string) => engineOrder.indexOf(path.split('/')[2] ?? '');
    for (const target of importsOf(file)) {
      if (place(file) < 0 || place(target) < 0 || place(file) === place(target)) continue;
      expect(place(target), `${file} imports ${target}`).toBeLessThan(place(file));
      expect(target, `${file} imports ${target} past its index`).toMatch(/\/index\.ts$/);
    }
  });

  test('only the client imports vscode', () => {
    const others = sources.filter((file) => !file.startsWith('client/') && !file.startsWith('test/editor/'));
    expect(others.filter((file) => /^import .*from 'vscode'/m.test(read(file)))).toEqual([]);
  });
});

describe('schemas', () => {
  test('everything generated from them is fresh', () => {
    execFileSync(process.execPath, [join(root, 'scripts/generate.ts'), '--check'], { cwd: root, stdio: 'pipe' });
  });

  const schemas = files.filter((file) => /^schemas\/.*\.schema\.json$/.test(file));
  test.each(schemas)('%s describes every key', (file) => {
    const undescribed: string[] = [];
    const walk = (node: unknown, path: string) => {
      if (Array.isArray(node)) node.forEach((item, index) => void walk(item, `${path}/${index}`));
      else if (node !== null && typeof node === 'object')
        for (const [key, value] of Object.entries(node)) {
          if (key === 'properties')
            for (const [name, schema] of Object.entries(value as Record<string, Record<string, unknown>>)) {
              const described = schema.description !== undefined || schema.$ref !== undefined;
              const shown =
                schema.examples !== undefined || schema.$ref !== undefined || schema.properties !== undefined;
              if (!described || !shown) undescribed.push(`${path}/${name}`);
            }
          if (key !== 'examples' && key !== 'default') walk(value, `${path}/${key}`);
        }
    };
    walk(JSON.parse(read(file)), '');
    expect(undescribed).toEqual([]);
  });
});

describe('lock files', () => {
  const locks = files.filter((file) => file.endsWith('package-lock.json'));
  // npm leaves out the packages of other platforms when it updates a lock beside installed modules, and then refuses it.
  test.each(locks)('%s has every optional package, and names no registry', (file) => {
    const { packages } = JSON.parse(read(file)) as {
      packages: Record<string, { resolved?: string; optionalDependencies?: Record<string, string> }>;
    };
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => {
        const nested = path === '' ? `node_modules/${name}` : `${path}/node_modules/${name}`;
        return packages[nested] === undefined && packages[`node_modules/${name}`] === undefined;
      }),
    );
    expect(missing).toEqual([]);
    expect(Object.values(packages).filter(({ resolved }) => resolved?.startsWith('http'))).toEqual([]);
  });
});
