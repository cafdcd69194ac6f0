/** A list that comes page by page: its rows so far, and a button for more. */
import { Button, Group, Stack } from '@mantine/core';
import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure, Lines } from '../../design/answers.tsx';
import { useText } from '../../messages/index.ts';

interface MoreProps<Row> {
  query: UseInfiniteQueryResult<Row[], Error>;
  children: (rows: Row[]) => ReactNode;
}

export function More<Row>({ query, children }: MoreProps<Row>) {
  const text = useText('common');
  if (query.data === undefined)
    return query.error ? <Failure error={query.error} retry={() => void query.refetch()} /> : <Lines />;
  return (
    <Stack>
      {children(query.data)}
      {query.isFetchNextPageError && <Failure error={query.error} />}
      {query.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {text.actions.more}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
