/** What must always hold, checked over the live system: `admin check` as a page. */
import { Button, Group, List, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Loaded } from '../../design/answers.tsx';
import { Page, Section } from '../../design/page.tsx';
import { ToneBadge } from '../../design/states.tsx';
import { Id } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { invariantsQuery } from './queries.ts';
import { CheckedAt } from './things.tsx';

export function Invariants() {
  const text = useText('admin').invariants;
  const invariants = useQuery(invariantsQuery);
  const broken = invariants.data?.filter(({ held }) => !held).length;
  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={
        <Button size="xs" loading={invariants.isFetching} onClick={() => void invariants.refetch()}>
          {text.again}
        </Button>
      }
    >
      <Text aria-live="polite">
        {broken !== undefined && !invariants.isFetching && (
          <>
            <b>{broken === 0 ? text.allHold : text.broken(broken)}</b> <CheckedAt query={invariants} />
          </>
        )}
      </Text>
      <Loaded query={invariants}>
        {(list) => (
          <Section>
            <Stack component="ol" gap="md" p={0} m={0} style={{ listStyle: 'none' }}>
              {list.map(({ number, name, held, offenders }) => (
                <li key={number}>
                  <Group gap="sm" justify="space-between" wrap="nowrap" align="flex-start">
                    <Title order={2} size="h4">
                      {number}. {name}
                    </Title>
                    <div style={{ flexShrink: 0 }}>
                      <ToneBadge tone={held ? 'good' : 'bad'} word={held ? text.held : text.notHeld} />
                    </div>
                  </Group>
                  {offenders.length > 0 && (
                    <List size="sm" mt={4}>
                      {offenders.map(({ id, sentence }) => (
                        <List.Item key={`${id} ${sentence}`}>
                          <Id id={id} /> {sentence}
                        </List.Item>
                      ))}
                    </List>
                  )}
                </li>
              ))}
            </Stack>
          </Section>
        )}
      </Loaded>
    </Page>
  );
}
