/** What a request would get now, for a form that is being filled in: nothing is kept, and a refusal is an answer. */
import { type Choices, choicesOf, type Exclusion, plan } from '@muster/assembly';
import type { Context } from '@muster/db';
import { overSpendingCap, type QuotedWorker, quotedWorker } from './quotes.ts';
import { codeOf, nearestOf, surveyAll } from './refuse.ts';
import { type ClusterRequest, supplyOf } from './request.ts';
import { currencyOf } from './row.ts';

export interface QuotePreview {
  /** Free workers that match, together or not. */
  matching: number;
  /** What a quote would say; null when it would be refused. */
  estimate: { workers: QuotedWorker[]; priceMicroUsdPerHour: bigint; currency: 'USD' | 'SIM' } | null;
  /** Why not; null when there is an estimate. */
  refusal: {
    code: 'unfulfillable' | 'price_guard';
    summary: string;
    freeAt: Date | null;
    exclusions: Exclusion[];
    nearest: ClusterRequest[];
  } | null;
  choices: Choices[];
}

/**
 * Plans a request on all supply without a trace: no quote, and no unmet demand. Only its supply and its price guard are looked at,
 * so that an unfinished request has an answer, too.
 */
export async function previewQuote(context: Context, request: ClusterRequest): Promise<QuotePreview> {
  const supply = supplyOf(request);
  const { candidates, market } = await surveyAll(context, supply);
  const { assembled, refusal } = plan(supply, candidates, market);
  const found = choicesOf(supply, candidates, market);
  if (refusal) {
    const { summary, freeAt, exclusions } = refusal;
    const nearest = nearestOf(request, refusal);
    return { ...found, estimate: null, refusal: { code: codeOf(refusal), summary, freeAt, exclusions, nearest } };
  }
  const { priceMicroUsdPerHour } = assembled;
  const over = overSpendingCap(request, priceMicroUsdPerHour);
  if (over) {
    const capped = { code: 'price_guard' as const, summary: over.sentence, freeAt: null, exclusions: [], nearest: [] };
    return { ...found, estimate: null, refusal: capped };
  }
  const workers = assembled.workers.map((choice) => quotedWorker(choice, request));
  const currency = currencyOf({ simulated: supply.simulated });
  return { ...found, estimate: { workers, priceMicroUsdPerHour, currency }, refusal: null };
}
