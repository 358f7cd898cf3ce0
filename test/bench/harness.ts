/**
 * The one harness of all benchmarks: warm-up, repeats in turns (so that noise of the machine falls on all alike), medians
 * and processor time, as a table and as JSON. Measures; judges nothing.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { measurePace } from './pace.ts';

export interface Sample {
  readonly wallMs: number;
  /** Processor time of all processes that the case has started and waited for, where it can tell. */
  readonly cpuMs?: number;
  /** Further figures by name, such as `decisionsPerSecond`. */
  /** Their medians are told; of those whose name begins with `peak`, the greatest. */
  readonly figures?: Readonly<Record<string, number>>;
}

export interface BenchCase {
  readonly name: string;
  /** Marks what is measured beside ours. */
  readonly rival?: boolean;
  /** Fewer rounds than the area's, for what takes long. */
  readonly repeats?: number;
  /** More rounds than the area's before anything counts, for what goes on for hours in use. */
  readonly warmups?: number;
  /** One measurement; anything before and after that does not count happens outside the time that it reports. */
  measure(): Promise<Sample>;
  close?(): Promise<void>;
}

export interface BenchArea {
  readonly name: string;
  readonly warmups: number;
  readonly repeats: number;
  cases(options: { readonly rivals: boolean }): Promise<readonly BenchCase[]>;
}

export interface CaseResult {
  readonly name: string;
  readonly rival: boolean;
  readonly samples: number;
  readonly wallMs: Quantiles;
  readonly cpuMs: Quantiles | null;
  readonly figures: Readonly<Record<string, number>>;
}

interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly min: number;
}

export async function runArea(
  area: BenchArea,
  // `only`: cases with this in their name.
  options: { rivals: boolean; repeats?: number; only?: string },
): Promise<CaseResult[]> {
  const { only = '' } = options;
  const cases = (await area.cases(options)).filter(({ name }) => name.includes(only));
  const samples = new Map<BenchCase, Sample[]>(cases.map((each) => [each, []]));
  const warmupsOf = (each: BenchCase) => Math.max(each.warmups ?? 0, area.warmups);
  for (let round = -Math.max(0, ...cases.map(warmupsOf)); round < (options.repeats ?? area.repeats); round++)
    for (const each of cases) {
      if (round < -warmupsOf(each) || round >= (each.repeats ?? Number.POSITIVE_INFINITY)) continue;
      const sample = await each.measure();
      if (round >= 0) samples.get(each)?.push(sample);
    }
  for (const each of cases) await each.close?.();
  return cases.map((each) => summarise(each, samples.get(each) ?? []));
}

function summarise({ name, rival }: BenchCase, samples: readonly Sample[]): CaseResult {
  const cpu = samples.flatMap((sample) => sample.cpuMs ?? []);
  const names = new Set(samples.flatMap((sample) => Object.keys(sample.figures ?? {})));
  const median = (figure: string) =>
    quantile(
      samples.flatMap((sample) => sample.figures?.[figure] ?? []),
      figure.startsWith('peak') ? 1 : 0.5,
    );
  return {
    name,
    rival: rival ?? false,
    samples: samples.length,
    wallMs: quantiles(samples.map((sample) => sample.wallMs)),
    cpuMs: cpu.length > 0 ? quantiles(cpu) : null,
    figures: Object.fromEntries([...names].map((figure) => [figure, median(figure)])),
  };
}

function quantiles(values: readonly number[]): Quantiles {
  return {
    p50: quantile(values, 0.5),
    p95: quantile(values, 0.95),
    p99: quantile(values, 0.99),
    min: quantile(values, 0),
  };
}

/** The value below which a share of `values` lies, by nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function machine(): Record<string, unknown> {
  return {
    ...measurePace(),
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    load: loadavg()[0],
  };
}

/**
 * Processor time of all child processes that have ended and been waited for, in ms, in steps of 10 ms; undefined where
 * the system does not tell (anything but Linux).
 */
function endedChildrenCpuMs(): number | undefined {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[13]) + Number(fields[14])) * 10;
  } catch {
    return undefined;
  }
}

/** A sample whose processor time is that of the children that ended during `work`. */
export async function withChildren(work: () => Promise<Sample>): Promise<Sample> {
  const before = endedChildrenCpuMs();
  const sample = await work();
  const after = endedChildrenCpuMs();
  return before === undefined || after === undefined ? sample : { ...sample, cpuMs: after - before };
}
