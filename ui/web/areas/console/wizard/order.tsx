/** The quote of a finished draft, and taking it: what it holds for how long, and, when it is refused, why not. */
import { Button, Stack, Text } from '@mantine/core';
import { answer, Problem, type Schemas } from '@muster/contract/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../../app/api.ts';
import { useIntents } from '../../../app/intents.ts';
import { queryClient } from '../../../app/queries.ts';
import { useMay } from '../../../app/session.ts';
import { Failure, Lines } from '../../../design/answers.tsx';
import { useFormat } from '../../../design/format.ts';
import { TextLink } from '../../../design/links.tsx';
import { useNow } from '../../../design/now.ts';
import { Section } from '../../../design/page.tsx';
import { Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import type { Draft, Request } from './draft.ts';
import { requestOf } from './draft.ts';
import { Coverage, Price, QuotedWorkers } from './price.tsx';
import { refusalOf, WhyNot } from './why-not.tsx';
import classes from './wizard.module.css';

interface OrderProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}

/** A quote of this request, taken when it is first shown and whenever it is renewed. */
function useQuote(request: Request) {
  return useQuery({
    queryKey: ['quote', request],
    queryFn: ({ signal }) => answer(api.public.POST('/quotes', { body: request, signal })),
    // Once there is one, only the reader renews it: another in the middle of an order would make another intent of the same.
    staleTime: 'static',
    gcTime: 0,
  });
}

export function Order({ draft, change }: OrderProps) {
  const text = useText('wizard').review;
  const request = requestOf(draft);
  const quote = useQuote(request);
  const renew = () => void quote.refetch();
  return (
    <Section title={text.quote}>
      {quote.error ? (
        <Refused error={quote.error} draft={draft} change={change}>
          <Button variant="default" onClick={renew} loading={quote.isFetching}>
            {text.renew}
          </Button>
        </Refused>
      ) : quote.data ? (
        <Take
          key={quote.data.id}
          quote={quote.data}
          request={request}
          draft={draft}
          change={change}
          renew={renew}
          renewing={quote.isFetching}
        />
      ) : (
        <div role="status" aria-label={text.taking}>
          <Lines />
        </div>
      )}
    </Section>
  );
}

interface TakeProps extends OrderProps {
  quote: Schemas['Quote'];
  request: Request;
  renew: () => void;
  renewing: boolean;
}

function Take({ quote, request, draft, change, renew, renewing }: TakeProps) {
  const text = useText('wizard').review;
  const format = useFormat();
  const now = useNow();
  const mayBill = useMay('billing:read');
  const create = useCreate();
  const left = Math.ceil((Date.parse(quote.expiresAt) - now.getTime()) / 1_000);
  const { error } = create;
  // Until this has an answer it may have been made: only the same again, under the same key, can tell. Another quote would be another order.
  const [unsettled, setUnsettled] = useState<Schemas['NewCluster']>();
  const take = (body: Schemas['NewCluster']) => {
    setUnsettled(body);
    create.mutate(body, { onError: (refusal) => isAnswer(refusal) && setUnsettled(undefined) });
  };
  const unpaid = error instanceof Problem && error.code === 'insufficient_funds';
  return (
    <Stack gap="sm">
      <Price {...quote} hours={draft.hours} />
      <div className={classes.part}>
        <QuotedWorkers {...quote} />
      </div>
      {mayBill && (
        <div className={classes.part}>
          <Coverage {...quote} />
        </div>
      )}
      <Text size="sm" role="timer" aria-live="off">
        {left > 0 ? text.expires(format.duration(left)) : <b role="alert">{text.expired}</b>}
      </Text>
      {error && (
        <Refused error={error} draft={draft} change={change}>
          {unpaid && (
            <>
              <Button
                variant="default"
                loading={create.isPending}
                onClick={() => take({ request, awaitPayment: true })}
              >
                {text.await}
              </Button>
              <Quiet>{text.awaitHint}</Quiet>
            </>
          )}
        </Refused>
      )}
      {(left > 0 || unsettled) && (
        <Button size="md" loading={create.isPending} onClick={() => take(unsettled ?? { quoteId: quote.id })}>
          {unsettled && !create.isPending ? text.askAgain : text.create}
        </Button>
      )}
      {!unsettled && (
        <Button variant={left > 0 ? 'default' : 'filled'} onClick={renew} loading={renewing}>
          {text.renew}
        </Button>
      )}
    </Stack>
  );
}

/** Whether a refusal says that nothing was made, rather than nothing of what became of the order. */
function isAnswer(error: Error): boolean {
  if (!(error instanceof Problem) || error.status < 400 || error.status >= 500) return false;
  return !['unauthenticated', 'rate_limited', 'conflict'].includes(error.code) && error.status !== 408;
}

/** Makes the cluster and goes to its page. */
function useCreate() {
  const navigate = useNavigate();
  const keyOf = useIntents();
  return useMutation({
    mutationFn: (body: Schemas['NewCluster']) =>
      answer(api.public.POST('/clusters', { body, params: { header: { 'Idempotency-Key': keyOf(body) } } })),
    onSuccess: async (cluster) => {
      void queryClient.invalidateQueries({ queryKey: ['clusters'] });
      void queryClient.invalidateQueries({ queryKey: ['balance'] });
      await navigate({ to: '/console/clusters/$clusterId', params: { clusterId: cluster.id } });
    },
  });
}

/** Why it was refused, in place: by supply or price with what would work, otherwise as the API says it. */
function Refused({ error, draft, change, children }: OrderProps & { error: Error; children?: React.ReactNode }) {
  const text = useText('wizard').review;
  const refusal = error instanceof Problem ? refusalOf(error) : undefined;
  const taken = error instanceof Problem ? error.details.clusterId : undefined;
  return (
    <Stack gap="sm" role="alert" aria-label={text.refused}>
      {refusal ? <WhyNot refusal={refusal} draft={draft} change={change} /> : <Failure error={error} />}
      {typeof taken === 'string' && (
        <TextLink to="/console/clusters/$clusterId" params={{ clusterId: taken }}>
          {text.existing}
        </TextLink>
      )}
      {children}
    </Stack>
  );
}
