/** What a bench prints: the machine, the versions, the seed, and every figure with its runs and spread. */
import { execFileSync } from 'node:child_process';
import { arch, cpus, totalmem } from 'node:os';

export interface Figure {
  /** What was measured, such as `64 clients, balance to balance`. */
  name: string;
  /** Muster, or the peer that was measured in the same run. */
  of: string;
  unit: string;
  /** One value per run. */
  runs: number[];
}

/** A ratio of two figures of the same run, run by run. */
export interface Ratio {
  name: string;
  runs: number[];
  /** What we aim at, for the reader; nothing fails by it. */
  aim?: string;
}

export interface Section {
  title: string;
  /** How it was measured, in a sentence or two. */
  how: string;
  seed: number;
  figures: Figure[];
  ratios: Ratio[];
}

export interface Report {
  machine: Record<string, string>;
  versions: Record<string, string>;
  at: string;
  sections: Section[];
}

/** The machine and the versions that figures belong to. */
export function describeMachine(versions: Record<string, string>): Pick<Report, 'machine' | 'versions' | 'at'> {
  const [cpu] = cpus();
  return {
    machine: {
      cpu: cpu?.model.trim() ?? 'unknown',
      cores: String(cpus().length),
      memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
      system: `${execFileSync('uname', ['-sr'], { encoding: 'utf8' }).trim()} ${arch()}`,
    },
    versions: { node: process.version, ...versions },
    at: new Date().toISOString(),
  };
}

/** Ratios of two figures, run by run: what they share, such as a slow machine, falls out. */
export function ratioOf(name: string, ours: Figure, peers: Figure, aim?: string): Ratio {
  return { name, runs: ours.runs.map((value, index) => value / peers.runs[index]!), ...(aim && { aim }) };
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The report as tables. */
export function formatReport(report: Report): string {
  const facts = (pairs: Record<string, string>) =>
    Object.entries(pairs)
      .map(([name, value]) => `${name} ${value}`)
      .join(' · ');
  const head = [
    `machine   ${facts(report.machine)}`,
    `versions  ${facts(report.versions)}`,
    `at        ${report.at}`,
  ].join('\n');
  return [head, ...report.sections.map(formatSection)].join('\n\n');
}

function formatSection({ title, how, seed, figures, ratios }: Section): string {
  const rows = [
    ['', 'of', 'median', 'min', 'max', 'unit', 'runs'],
    ...figures.map(({ name, of, unit, runs }) => [name, of, ...spread(runs), unit, String(runs.length)]),
    ...ratios.map(({ name, runs, aim }) => [
      name,
      'ratio',
      ...spread(runs),
      aim ? `× (aim ${aim})` : '×',
      String(runs.length),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column >= 2 && column <= 4 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
  return [`${title} (seed ${seed})`, how, ...lines].join('\n');
}

function spread(runs: number[]): string[] {
  return [median(runs), Math.min(...runs), Math.max(...runs)].map(rounded);
}

/** Three significant digits. */
function rounded(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : Number(value.toPrecision(3)).toString();
}
