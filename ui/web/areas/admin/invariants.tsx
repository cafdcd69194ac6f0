/** What must always hold, checked over the live system: `admin check` as a page. */
import { Button, List, Stack, Text } from '@mantine/core';
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
          <Stack gap="sm">
            {list.map(({ number, name, held, offenders }) => (
              <Section
                key={number}
                title={`${number}. ${name}`}
                actions={<ToneBadge tone={held ? 'good' : 'bad'} word={held ? text.held : text.notHeld} />}
              >
                {offenders.length === 0 ? (
                  <Text size="sm">{text.noOffenders}</Text>
                ) : (
                  <List size="sm">
                    {offenders.map(({ id, sentence }) => (
                      <List.Item key={`${id} ${sentence}`}>
                        <Id id={id} /> {sentence}
                      </List.Item>
                    ))}
                  </List>
                )}
              </Section>
            ))}
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}
