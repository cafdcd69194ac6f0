/** The state of every process, engine and queue. */
import { Button, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Loaded } from '../../design/answers.tsx';
import { Page, Section } from '../../design/page.tsx';
import { ToneBadge } from '../../design/states.tsx';
import { useText } from '../../messages/index.ts';
import { healthQuery } from './queries.ts';
import { CheckedAt } from './things.tsx';

export function Health() {
  const text = useText('admin').health;
  const health = useQuery(healthQuery);
  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={
        <Button size="xs" loading={health.isFetching} onClick={() => void health.refetch()}>
          {text.again}
        </Button>
      }
    >
      <Loaded query={health}>
        {({ ok, components }) => (
          <>
            <Text aria-live="polite">
              <b>{ok ? text.allWell : text.notWell(components.filter((each) => !each.ok).length)}</b>{' '}
              <CheckedAt query={health} />
            </Text>
            <Section>
              <Table aria-label={text.title}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{text.component}</Table.Th>
                    <Table.Th>{text.state}</Table.Th>
                    <Table.Th>{text.detail}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {components.map((each) => (
                    <Table.Tr key={each.name}>
                      <Table.Td>{each.name}</Table.Td>
                      <Table.Td>
                        <ToneBadge tone={each.ok ? 'good' : 'bad'} word={each.ok ? text.well : text.unwell} />
                      </Table.Td>
                      <Table.Td style={{ overflowWrap: 'anywhere' }}>{each.detail ?? '–'}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}
