/** What happened last: the timelines of the clusters that changed last, and whatever comes while the page is open. */
import { Text } from '@mantine/core';
import type { Schemas } from '@muster/contract/client';
import { useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { Actor } from '../../../app/actor.tsx';
import { useEvents } from '../../../app/live.ts';
import { useMe } from '../../../app/session.ts';
import { Empty, Lines } from '../../../design/answers.tsx';
import { TextLink } from '../../../design/links.tsx';
import { Section } from '../../../design/page.tsx';
import { Id, Instant, Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { timelineQuery } from '../cluster/queries.ts';
import { clustersQuery } from '../queries.ts';
import classes from './overview.module.css';

type Event = Schemas['Event'];

/** So many timelines are read, and so many events shown. */
const timelines = 6;
const shown = 12;

/** The cluster that an event is about, or in which it happened. */
function clusterIdOf({ subjectKind, subjectId, body }: Event): string | undefined {
  if (subjectKind === 'cluster') return subjectId;
  return typeof body.clusterId === 'string' ? body.clusterId : undefined;
}

export function RecentEvents() {
  const text = useText('console').overview;
  const me = useMe();
  const { data: clusters } = useInfiniteQuery({
    ...clustersQuery(),
    select: ({ pages }) => pages.flatMap(({ items }) => items),
  });
  const latest = (clusters ?? []).toSorted((a, b) => Date.parse(b.stateAt) - Date.parse(a.stateAt)).slice(0, timelines);
  const past = useQueries({ queries: latest.map(({ id }) => timelineQuery(id)) });
  const [come, setCome] = useState<readonly Event[]>([]);
  useEvents(useCallback((event: Event) => setCome((before) => [event, ...before].slice(0, 100)), []));

  const names = new Map(clusters?.map(({ id, name }) => [id, name]));
  // An operator's feed tells of everybody; here stands what concerns their own organization.
  const concerns = (event: Event) =>
    !me.scopes.includes('operator:read') ||
    event.subjectId === me.organization.id ||
    names.has(clusterIdOf(event) ?? '');
  // What happened at one instant stays in the order of its timeline, the latest first.
  const told = [...come.filter(concerns), ...past.flatMap(({ data = [] }) => data.toReversed())];
  const all = new Map(told.map((event) => [event.id, event]));
  const events = [...all.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, shown);
  const loading = clusters === undefined || past.some(({ isPending }) => isPending);
  return (
    <Section title={text.events}>
      {events.length > 0 ? (
        <ol className={classes.list} aria-live="polite" aria-relevant="additions">
          {events.map((event) => (
            <RecentEvent key={event.id} event={event} name={names.get(clusterIdOf(event) ?? '')} />
          ))}
        </ol>
      ) : loading ? (
        <Lines />
      ) : (
        <Empty title={text.eventsNone} />
      )}
    </Section>
  );
}

function RecentEvent({ event, name }: { event: Event; name: string | undefined }) {
  const { timeline } = useText('console').cluster;
  const clusterId = clusterIdOf(event);
  const type = event.type.replace(`${event.subjectKind}.`, '');
  return (
    <li className={classes.event}>
      <Text size="sm">
        {clusterId ? (
          <TextLink to="/console/clusters/$clusterId" params={{ clusterId }} fz="inherit" underline="always">
            {name ?? clusterId}
          </TextLink>
        ) : (
          <Id id={event.subjectId} short />
        )}
        : <b>{timeline.types[type] ?? type}</b> – {event.reason}
      </Text>
      <Quiet>
        <Instant at={event.at} /> · <Actor id={event.actorId} />
      </Quiet>
    </li>
  );
}
