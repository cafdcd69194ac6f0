/** What each pool holds of ours, as the orchestrator sees it: only it has the pools' credentials. */
import { identityHeader } from '@muster/api-http';
import type { Context } from '@muster/db';
import type { PoolReader } from '@muster/invariants';
import { activePools } from '@muster/workers';
import { z } from 'zod';

const Held = z.array(
  z.object({
    clusterId: z.string(),
    object: z.string(),
    createdAt: z.iso.datetime().transform((text) => new Date(text)),
  }),
);

const patienceMs = 10_000;

/** A reader of every pool in use, in the name of the operator who asks. */
export async function poolReaders({ db }: Context, streamsUrl: string, identity: string): Promise<PoolReader[]> {
  return (await activePools(db)).map(({ id }) => ({
    poolId: id,
    async held() {
      const answer = await fetch(new URL(`/streams/pools/${id}/held`, streamsUrl), {
        headers: { [identityHeader]: identity },
        signal: AbortSignal.timeout(patienceMs),
      });
      if (!answer.ok) throw new Error(`the orchestrator answers ${answer.status}`);
      return Held.parse(await answer.json());
    },
  }));
}
