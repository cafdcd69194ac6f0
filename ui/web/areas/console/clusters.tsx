/** All clusters of one's organization: those that live, and those that have ended. */
import { SegmentedControl, Text } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useParameter } from '../../app/address.ts';
import { useMay } from '../../app/session.ts';
import { Empty, Loaded } from '../../design/answers.tsx';
import { ButtonLink } from '../../design/links.tsx';
import { More } from '../../design/more.tsx';
import { Page } from '../../design/page.tsx';
import { useText } from '../../messages/index.ts';
import { ClustersTable } from './clusters/table.tsx';
import { clustersQuery, endedStates, liveClustersQuery } from './queries.ts';

const shows = ['live', 'ended', 'all'] as const;

export function Clusters() {
  const text = useText('console').clusters;
  const mayWrite = useMay('clusters:write');
  const [wanted, setShow] = useParameter('show');
  const show = shows.find((each) => each === wanted) ?? 'live';
  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={mayWrite && <ButtonLink to="/console/clusters/new">{text.create}</ButtonLink>}
    >
      <div>
        <SegmentedControl
          aria-label={text.show}
          value={show}
          onChange={(to) => setShow(to === 'live' ? undefined : to)}
          data={shows.map((value) => ({ value, label: text.shows[value] }))}
        />
      </div>
      {show === 'live' ? <Live /> : <Paged key={show} show={show} />}
    </Page>
  );
}

function Live() {
  const text = useText('console').clusters;
  const mayWrite = useMay('clusters:write');
  const query = useQuery(liveClustersQuery);
  return (
    <Loaded query={query}>
      {(clusters) => (
        <ClustersTable
          id="live"
          clusters={clusters}
          empty={
            <Empty title={text.noneLive}>
              <Text size="sm">{text.noneLiveHint}</Text>
              {mayWrite && <ButtonLink to="/console/clusters/new">{text.create}</ButtonLink>}
            </Empty>
          }
        />
      )}
    </Loaded>
  );
}

function Paged({ show }: { show: 'ended' | 'all' }) {
  const text = useText('console').clusters;
  const query = useInfiniteQuery({
    ...clustersQuery(show === 'ended' ? endedStates : undefined),
    select: ({ pages }) => pages.flatMap(({ items }) => items),
  });
  return (
    <More query={query}>
      {(clusters) => (
        <ClustersTable
          id={show}
          clusters={clusters}
          empty={<Empty title={show === 'ended' ? text.noneEnded : text.none} />}
        />
      )}
    </More>
  );
}
