/** What is going on at a glance: live clusters, what they cost, how long the balance lasts, and what happened last. */
import { useQuery } from '@tanstack/react-query';
import { useMay } from '../../app/session.ts';
import { Empty, Loaded } from '../../design/answers.tsx';
import { ButtonLink, TextLink } from '../../design/links.tsx';
import { Page, Section } from '../../design/page.tsx';
import { useText } from '../../messages/index.ts';
import { ClustersTable } from './clusters/table.tsx';
import { BalanceWarning } from './overview/balance-warning.tsx';
import { FirstSteps } from './overview/first-steps.tsx';
import { Money } from './overview/money.tsx';
import classes from './overview/overview.module.css';
import { RecentEvents } from './overview/recent-events.tsx';
import { DailySpending } from './overview/spending.tsx';
import { liveClustersQuery } from './queries.ts';

export function Overview() {
  const text = useText('console').overview;
  const mayWrite = useMay('clusters:write');
  const mayRead = useMay('clusters:read');
  const mayBill = useMay('billing:read');
  return (
    <Page title={text.title} actions={mayWrite && <ButtonLink to="/console/clusters/new">{text.create}</ButtonLink>}>
      {mayBill && <BalanceWarning />}
      <FirstSteps />
      {mayBill && <Money />}
      {mayRead && <LiveClusters />}
      <div className={classes.columns}>
        {mayBill && <DailySpending />}
        {mayRead && <RecentEvents />}
      </div>
    </Page>
  );
}

function LiveClusters() {
  const text = useText('console').overview;
  const query = useQuery(liveClustersQuery);
  return (
    <Section title={text.clusters} actions={<TextLink to="/console/clusters">{text.allClusters}</TextLink>}>
      <Loaded query={query}>
        {(clusters) => (
          <ClustersTable id="clusters" clusters={clusters} brief empty={<Empty title={text.noClusters} />} />
        )}
      </Loaded>
    </Section>
  );
}
