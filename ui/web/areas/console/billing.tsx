/** Money: what there is, what is on hold, where it goes, and every entry that says so. */
import { Alert } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Loaded } from '../../design/answers.tsx';
import { useFormat } from '../../design/format.ts';
import { useNow } from '../../design/now.ts';
import { Page, Stats } from '../../design/page.tsx';
import { Money } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { Holds } from './billing/holds.tsx';
import { Invoices } from './billing/invoices.tsx';
import { Ledger } from './billing/ledger.tsx';
import { balanceQuery } from './billing/queries.ts';
import { Spending } from './billing/spending.tsx';

export function Billing() {
  const text = useText('console').billing;
  return (
    <Page title={text.title} lead={text.lead}>
      <BalanceNow />
      <Alert icon={<IconInfoCircle />} title={text.topUp.title}>
        {text.topUp.body}
      </Alert>
      <Spending />
      <Holds />
      <Invoices />
      <Ledger />
    </Page>
  );
}

function BalanceNow() {
  const text = useText('console').billing;
  const format = useFormat();
  const now = useNow();
  const query = useQuery(balanceQuery);
  return (
    <Loaded query={query}>
      {({ balanceMicroUsd, heldMicroUsd, burnMicroUsdPerHour, lastsUntil, currency }) => (
        <Stats
          of={[
            [text.balance, <Money key="balance" micro={balanceMicroUsd} currency={currency} />, text.balanceNote],
            [text.held, <Money key="held" micro={heldMicroUsd} currency={currency} />, text.heldNote],
            [
              text.burn,
              <Money key="burn" micro={burnMicroUsdPerHour} currency={currency} />,
              burnMicroUsdPerHour === '0' ? text.burnNone : text.burnNote,
            ],
            [
              text.lasts,
              lastsUntil ? format.relative(lastsUntil, now) : '∞',
              lastsUntil ? format.instant(lastsUntil) : text.lastsForever,
            ],
          ]}
        />
      )}
    </Loaded>
  );
}
