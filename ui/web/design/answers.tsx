/** What stands where an answer is awaited, empty, refused or out of reach: the same on every page. */
import { Alert, Button, Skeleton, Stack, Text } from '@mantine/core';
import { Problem } from '@muster/contract/client';
import { IconAlertTriangle, IconPlugConnectedX } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useOfflineSince } from '../app/connection.ts';
import { useText } from '../messages/index.ts';
import { useFormat } from './format.ts';
import classes from './parts.module.css';

interface LoadedProps<Data> {
  query: UseQueryResult<Data, Error>;
  children: (data: Data) => ReactNode;
  /** What stands there until the answer comes; some lines when absent. */
  skeleton?: ReactNode;
  /** What stands there when the answer is an empty list. */
  empty?: ReactNode;
}

/** Shows a query's answer, or why there is none yet. An answer that could not be renewed stays. */
export function Loaded<Data>({ query, children, skeleton, empty }: LoadedProps<Data>) {
  if (query.data !== undefined) return empty !== undefined && isEmpty(query.data) ? empty : children(query.data);
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return skeleton ?? <Lines />;
}

function isEmpty(data: unknown): boolean {
  const items = Array.isArray(data) ? data : (data as { items?: unknown[] }).items;
  return items?.length === 0;
}

/** A skeleton of some lines. */
export function Lines({ count = 4 }: { count?: number }) {
  const text = useText('common');
  return (
    <Stack gap="xs" role="status" aria-label={text.loading}>
      {Array.from({ length: count }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines that are all the same
        <Skeleton key={index} height={18} width={`${92 - ((index * 17) % 40)}%`} />
      ))}
    </Stack>
  );
}

/** Nothing is here yet, and what one could do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={classes.empty}>
      <Text fw={600} c="var(--mantine-color-text)">
        {title}
      </Text>
      {children && (
        <Stack align="center" gap="sm" mt="xs">
          {children}
        </Stack>
      )}
    </div>
  );
}

/** What is wrong with which field of a body, by the field's path in it: `processor.modelIds`. */
export function fieldErrors(error: Error | null | undefined): Record<string, string> {
  const fields =
    error instanceof Problem ? (error.details.fields as { path: string; message: string }[] | undefined) : [];
  return Object.fromEntries((fields ?? []).map(({ path, message }) => [path.replace(/^body\./, ''), message]));
}

/** What happened, what to do about it, and a button to try again. */
export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  const text = useText('common');
  const problem = error instanceof Problem ? error : undefined;
  return (
    <Alert
      role="alert"
      className={classes.failure!}
      color="red"
      icon={<IconAlertTriangle />}
      title={problem?.title ?? text.errors.title}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{problem ? problem.message : text.errors.unexpected}</Text>
        {Object.entries(fieldErrors(error)).map(([path, message]) => (
          <Text size="sm" key={path}>
            {path} {message}
          </Text>
        ))}
        {problem?.fix && (
          <Text size="sm">
            <b>{text.errors.fix}:</b> {problem.fix}
          </Text>
        )}
        {problem?.requestId && problem.status >= 500 && (
          <Text size="xs">
            {text.errors.requestId} {problem.requestId}
          </Text>
        )}
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            {text.actions.retry}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** Says on every page that nothing answers, for as long as it is so. */
export function OfflineNotice() {
  const since = useOfflineSince();
  const text = useText('common');
  const format = useFormat();
  return (
    <div role="status" aria-live="polite">
      {since && (
        <div className={classes.offline}>
          <IconPlugConnectedX size={16} aria-hidden /> <b>{text.connection.offline}.</b>{' '}
          {text.connection.since(format.time(since))}
        </div>
      )}
    </div>
  );
}
