/** What the draft would get and cost now, beside every step: or why not, with what would work. */
import { Loader, Stack, Text } from '@mantine/core';
import type { Schemas } from '@muster/contract/client';
import type { UseQueryResult } from '@tanstack/react-query';
import { useMay } from '../../../app/session.ts';
import { Failure, Lines } from '../../../design/answers.tsx';
import { Section } from '../../../design/page.tsx';
import { Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import type { Draft } from './draft.ts';
import { Coverage, Price, QuotedWorkers } from './price.tsx';
import { WhyNot } from './why-not.tsx';
import classes from './wizard.module.css';

interface LiveQuoteProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  preview: UseQueryResult<Schemas['QuotePreview'], Error>;
}

export function LiveQuote({ draft, change, preview }: LiveQuoteProps) {
  const text = useText('wizard');
  const updating = preview.isFetching && <Loader size={14} type="dots" aria-label={text.quote.updating} />;
  return (
    <Section title={text.quote.title} actions={updating}>
      {draft.modelIds.length === 0 ? (
        <Text size="sm">{text.quote.chooseModel}</Text>
      ) : preview.data ? (
        <Answer preview={preview.data} draft={draft} change={change} />
      ) : preview.error ? (
        <Failure error={preview.error} retry={() => void preview.refetch()} />
      ) : (
        <Lines />
      )}
    </Section>
  );
}

function Answer({ preview, draft, change }: Omit<LiveQuoteProps, 'preview'> & { preview: Schemas['QuotePreview'] }) {
  const text = useText('wizard');
  const mayBill = useMay('billing:read');
  const { matching, estimate, refusal } = preview;
  return (
    <Stack gap="sm">
      {estimate && <Price {...estimate} hours={draft.hours} />}
      <div role="status">
        <Quiet>{text.quote.matching(matching, draft.workers)}</Quiet>
      </div>
      {estimate && (
        <div className={classes.part}>
          <Text size="sm" fw={600} mb={4}>
            {text.quote.workers}
          </Text>
          <QuotedWorkers {...estimate} />
        </div>
      )}
      {estimate && mayBill && (
        <div className={classes.part}>
          <Coverage {...estimate} />
        </div>
      )}
      {refusal && <WhyNot refusal={refusal} draft={draft} change={change} />}
    </Stack>
  );
}
