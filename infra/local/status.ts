/** `muster status`: the processes of the stack, as a table for people or as JSON for programs. */
import { type Stack, shown } from './stack.ts';
import { isAlive, listProcesses } from './supervisor.ts';

interface ProcessStatus {
  name: string;
  state: 'running' | 'ended';
  pid: number;
  port: number | undefined;
  since: string;
  log: string;
}

/** What is recorded of each process, and whether it still runs. */
export function readStatus(stack: Stack): ProcessStatus[] {
  return listProcesses(stack).map((record) => ({
    name: record.name,
    state: isAlive(record) ? 'running' : 'ended',
    pid: record.pid,
    port: record.port,
    since: record.startedAt,
    log: record.log,
  }));
}

/** Prints the status; the exit status is 1 when a process has ended by itself. */
export function printStatus(stack: Stack, { json = false }: { json?: boolean } = {}): void {
  const processes = readStatus(stack);
  if (processes.some(({ state }) => state === 'ended')) process.exitCode = 1;
  if (json) console.log(JSON.stringify({ home: stack.home, id: stack.id, processes }, null, 2));
  else if (processes.length === 0) console.log('Nothing of this stack is running. Start it with ./muster up');
  else console.log(statusTable(processes));
}

function statusTable(processes: ProcessStatus[]): string {
  const rows = processes.map((row) => [row.name, row.state, row.pid, row.port ?? '', row.since, shown(row.log)]);
  return table([['process', 'state', 'pid', 'port', 'since', 'log'], ...rows]);
}

/** Columns as wide as their widest cell. */
export function table(rows: unknown[][]): string {
  const cells = rows.map((row) => row.map(String));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
