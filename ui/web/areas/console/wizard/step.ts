/** What every step of the wizard is given. */
import type { Currency } from '@muster/common/money';
import type { Schemas } from '@muster/contract/client';
import type { Draft } from './draft.ts';

export interface StepProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  /** What the market says of the draft; undefined until it is known. */
  preview: Schemas['QuotePreview'] | undefined;
  currency: Currency;
}
