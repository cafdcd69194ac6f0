/** Messages that nobody could handle: read why, send them back, or throw them away. */
import { Button, Checkbox, Group, Stack } from '@mantine/core';
import { answer, type Schemas } from '@muster/contract/client';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api } from '../../app/api.ts';
import { notify } from '../../app/notify.tsx';
import { queryClient } from '../../app/queries.ts';
import { useMay } from '../../app/session.ts';
import { Empty, Failure } from '../../design/answers.tsx';
import { useConfirm } from '../../design/confirm.tsx';
import { More } from '../../design/more.tsx';
import { Facts, Page, Section } from '../../design/page.tsx';
import { Code, Id, Instant } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { deadLettersQuery } from './queries.ts';

type DeadLetter = Schemas['DeadLetter'];

const renew = () => queryClient.invalidateQueries({ queryKey: deadLettersQuery.queryKey });

export function DeadLetters() {
  const text = useText('admin').deadLetters;
  const letters = useInfiniteQuery(deadLettersQuery);
  const confirm = useConfirm();
  const mayWrite = useMay('operator:write');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const list = useRef<HTMLDivElement>(null);

  /** What was acted on goes away, and with it the button that had the focus. */
  const settled = async (said: string) => {
    notify({ title: said });
    setChosen(new Set());
    await renew();
    list.current?.focus();
  };
  const replaying = useMutation({
    mutationFn: (ids: string[] | undefined) =>
      answer(
        api.internal.POST('/dead-letters/replay', {
          params: { header: { 'Idempotency-Key': crypto.randomUUID() } },
          body: ids ? { ids } : {},
        }),
      ),
    onSuccess: ({ replayed }) => settled(text.replayed(replayed)),
  });
  const discarding = useMutation({
    mutationFn: (deadLetterId: string) =>
      answer(api.internal.DELETE('/dead-letters/{deadLetterId}', { params: { path: { deadLetterId } } })),
    onSuccess: () => settled(text.discarded),
  });
  const replayAll = async () => {
    if (await confirm({ title: text.replayAllTitle, children: text.replayAllHint, action: text.replayAll }))
      replaying.mutate(undefined);
  };
  const discard = async (letter: DeadLetter) => {
    const yes = await confirm({
      title: text.discardTitle,
      lost: [text.lost(letter.type ?? text.noType, letter.queue)],
      action: text.discard,
      danger: true,
    });
    if (yes) discarding.mutate(letter.id);
  };
  const busy = replaying.isPending || discarding.isPending;
  const failed = replaying.error ?? discarding.error;

  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={
        <>
          <Button size="xs" variant="default" loading={letters.isRefetching} onClick={() => void renew()}>
            {text.again}
          </Button>
          {mayWrite && (letters.data?.length ?? 0) > 0 && (
            <>
              <Button
                size="xs"
                variant="default"
                disabled={chosen.size === 0}
                loading={busy}
                onClick={() => replaying.mutate([...chosen])}
              >
                {text.replayChosen(chosen.size)}
              </Button>
              <Button size="xs" loading={busy} onClick={() => void replayAll()}>
                {text.replayAll}
              </Button>
            </>
          )}
        </>
      }
    >
      {failed && <Failure error={failed} />}
      <div ref={list} tabIndex={-1}>
        <More query={letters}>
          {(rows) =>
            rows.length === 0 ? (
              <Empty title={text.empty}>{text.emptyHint}</Empty>
            ) : (
              <Stack>
                {rows.map((letter) => (
                  <Letter
                    key={letter.id}
                    letter={letter}
                    {...(mayWrite && {
                      chosen: chosen.has(letter.id),
                      onChoose: (is: boolean) =>
                        setChosen(
                          (old) => new Set(is ? [...old, letter.id] : [...old].filter((id) => id !== letter.id)),
                        ),
                      onReplay: () => replaying.mutate([letter.id]),
                      onDiscard: () => void discard(letter),
                      busy,
                    })}
                  />
                ))}
              </Stack>
            )
          }
        </More>
      </div>
    </Page>
  );
}

interface LetterProps {
  letter: DeadLetter;
  /** Absent for who may only read. */
  chosen?: boolean;
  onChoose?: (is: boolean) => void;
  onReplay?: () => void;
  onDiscard?: () => void;
  busy?: boolean;
}

function Letter({ letter, chosen, onChoose, onReplay, onDiscard, busy }: LetterProps) {
  const text = useText('admin').deadLetters;
  const [opened, setOpened] = useState(false);
  const title = letter.type ?? text.noType;
  return (
    <Section
      title={title}
      actions={
        onChoose && (
          <Group gap="xs">
            <Checkbox
              label={text.choose}
              checked={chosen ?? false}
              onChange={(event) => onChoose(event.currentTarget.checked)}
            />
            <Button size="compact-sm" variant="default" disabled={busy ?? false} onClick={onReplay}>
              {text.replay}
            </Button>
            <Button size="compact-sm" color="red" variant="light" disabled={busy ?? false} onClick={onDiscard}>
              {text.discard}
            </Button>
          </Group>
        )
      }
    >
      <Facts
        of={[
          [text.reason, letter.reason],
          [text.queue, letter.queue],
          [text.attempts, String(letter.attempts)],
          [text.at, <Instant key="at" at={letter.at} />],
          [text.messageId, letter.messageId ? <Id key="id" id={letter.messageId} /> : '–'],
        ]}
      />
      <Button size="compact-sm" variant="subtle" mt="xs" aria-expanded={opened} onClick={() => setOpened(!opened)}>
        {opened ? text.hideContent : text.showContent}
      </Button>
      {opened && <Code label={`${text.content}: ${title}`}>{readable(letter.content)}</Code>}
    </Section>
  );
}

/** JSON, laid out; anything else as it is. */
function readable(content: string): string {
  try {
    return JSON.stringify(JSON.parse(content), null, 2);
  } catch {
    return content;
  }
}
