/** `npm run bench -- AREA [--rivals] [--json FILE] [--repeats N] [--only TEXT]`: measures one area and prints a table. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BenchArea, type CaseResult, machine, runArea } from './harness.ts';

const areas = readdirSync(join(import.meta.dirname, 'areas')).map((file) => file.replace(/\.ts$/, ''));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rivals: { type: 'boolean', default: false },
    json: { type: 'string' },
    repeats: { type: 'string' },
    only: { type: 'string' },
  },
});
const [name] = positionals;
if (name === undefined || !areas.includes(name)) {
  console.error(
    `usage: npm run bench -- AREA [--rivals] [--json FILE] [--repeats N] [--only TEXT]\nareas: ${areas.join(', ')}`,
  );
  process.exit(2);
}

/** Rivals have a lock file of their own and are installed only when somebody asks for them. */
function installRivals(): void {
  const folder = join(import.meta.dirname, 'rivals');
  if (existsSync(join(folder, 'node_modules'))) return;
  const installed = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (installed.status !== 0) process.exit(3);
}

const ms = (value: number) => (value < 10 ? value.toFixed(3) : value.toFixed(1));

function table(results: readonly CaseResult[]): string {
  const head = ['case', 'n', 'p50 ms', 'p95 ms', 'p99 ms', 'cpu p50 ms', 'figures'];
  const rows = results.map(({ name, rival, samples, wallMs, cpuMs, figures }) => [
    rival ? `${name} (rival)` : name,
    String(samples),
    ms(wallMs.p50),
    ms(wallMs.p95),
    ms(wallMs.p99),
    cpuMs === null ? '–' : ms(cpuMs.p50),
    Object.entries(figures)
      .map(([figure, value]) => `${figure} ${Math.round(value * 100) / 100}`)
      .join(', '),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

if (values.rivals) installRivals();
const { area } = (await import(`./areas/${name}.ts`)) as { area: BenchArea };
const results = await runArea(area, {
  rivals: values.rivals,
  ...(values.repeats && { repeats: Number(values.repeats) }),
  ...(values.only && { only: values.only }),
});
const ran = machine();
console.log(`${area.name}, ${JSON.stringify(ran)}\n\n${table(results)}`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ area: area.name, machine: ran, results }, null, 2)}\n`);
