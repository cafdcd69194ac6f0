/** A warning when the balance will soon be gone: at 24, 6 and 1 hours that remain, and when there is none. */
import { Alert, Text } from '@mantine/core';
import type { Schemas } from '@muster/contract/client';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useFormat } from '../../../design/format.ts';
import { useNow } from '../../../design/now.ts';
import { useText } from '../../../messages/index.ts';
import { balanceQuery } from '../billing/queries.ts';

const hourS = 3_600;

type Stage = 'day' | 'sixHours' | 'hour' | 'gone';

/** @returns undefined when it lasts for a day or more */
function stageOf({ lastsUntil }: Schemas['Balance'], now: Date): { stage: Stage; seconds: number } | undefined {
  if (lastsUntil === null) return undefined;
  const seconds = (Date.parse(lastsUntil) - now.getTime()) / 1_000;
  if (seconds <= 0) return { stage: 'gone', seconds };
  if (seconds <= hourS) return { stage: 'hour', seconds };
  if (seconds <= 6 * hourS) return { stage: 'sixHours', seconds };
  return seconds <= 24 * hourS ? { stage: 'day', seconds } : undefined;
}

export function BalanceWarning() {
  const text = useText('console').overview.warning;
  const format = useFormat();
  const now = useNow();
  const { data: balance } = useQuery(balanceQuery);
  const warning = balance && stageOf(balance, now);
  if (!warning) return null;
  return (
    <Alert
      role="alert"
      color={warning.stage === 'day' ? 'yellow' : 'red'}
      icon={<IconAlertTriangle />}
      title={text[warning.stage]}
    >
      {/* What counts down by the second is not read out each time. */}
      <Text size="sm" aria-live="off">
        {warning.stage === 'gone' ? text.goneText : text.text(format.duration(warning.seconds))} {text.fix}
      </Text>
    </Alert>
  );
}
