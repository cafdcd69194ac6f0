/** Logs to standard output, as they come. */
import { once } from 'node:events';
import { readLog } from '@muster/contract/client';
import { connect } from './connect.ts';
import { patientFetch } from './patient.ts';

export interface LogFlags {
  rank: number;
  follow?: boolean;
  tail?: number;
}

/** Prints a log; with `follow` until it ends. */
export async function printLog(of: { taskId: string } | { clusterId: string }, flags: LogFlags): Promise<void> {
  const api = await connect({ fetch: patientFetch });
  const query = {
    rank: flags.rank,
    follow: flags.follow ?? false,
    ...(flags.tail !== undefined && { tail: flags.tail }),
  };
  for await (const text of readLog(api, of, query)) {
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  }
}
