/** A log as it is written: followed, searched, paused, and continued by itself after the network was away. */

import { ActionIcon, Button, Chip, Group, Text, TextInput } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconChevronsDown, IconDownload, IconSearch } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useText } from '../messages/index.ts';
import { Failure } from './answers.tsx';
import { download } from './download.ts';
import { hasStamp, withoutStamp } from './log-lines.ts';
import { type OpenLog, useLog } from './log-source.ts';
import classes from './log-view.module.css';

export interface LogViewProps {
  label: string;
  /** Opens the log; called again after an interruption, with the instant from which to go on when it is known. */
  open: OpenLog;
  /** Whether more may come. */
  live: boolean;
  height?: number;
}

const lineHeight = 20;

export function LogView({ label, open, live, height = 420 }: LogViewProps) {
  const text = useText('common').log;
  const [attempt, setAttempt] = useState(0);
  const { lines, dropped, state, error } = useLog(open, live, attempt);
  const [query, setQuery] = useState('');
  const [wrap, setWrap] = useState(true);
  const [stamps, setStamps] = useState(true);
  const [following, setFollowing] = useState(live);
  const [found, setFound] = useState(-1);

  const stamped = hasStamp(lines[0] ?? '');
  const shown = useMemo(() => (stamped && !stamps ? lines.map(withoutStamp) : lines), [lines, stamped, stamps]);
  const needle = useDeferredValue(query.toLowerCase());
  const matches = useMemo(
    () => (needle ? shown.flatMap((line, index) => (line.toLowerCase().includes(needle) ? [index] : [])) : []),
    [shown, needle],
  );

  const region = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => region.current,
    estimateSize: () => lineHeight,
    overscan: 20,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: heights change with wrapping
  useEffect(() => virtualizer.measure(), [virtualizer, wrap]);
  useEffect(() => {
    if (following && shown.length > 0) virtualizer.scrollToIndex(shown.length - 1, { align: 'end' });
  }, [following, shown, virtualizer]);

  /** The reader decides by scrolling: away from the end stops following, back to it goes on. */
  const lastTop = useRef(0);
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = region.current!;
    if (scrollTop < lastTop.current - 1) setFollowing(false);
    else if (live && scrollTop + clientHeight > scrollHeight - lineHeight) setFollowing(true);
    lastTop.current = scrollTop;
  };
  const go = (step: 1 | -1) => {
    if (matches.length === 0) return;
    const next = (found + step + matches.length) % matches.length;
    setFollowing(false);
    setFound(next);
    virtualizer.scrollToIndex(matches[next]!, { align: 'center' });
  };

  return (
    <div>
      <Group gap={6} mb="xs">
        <TextInput
          className={classes.search!}
          size="xs"
          type="search"
          aria-label={`${text.search}: ${label}`}
          placeholder={text.search}
          leftSection={<IconSearch size={15} aria-hidden />}
          value={query}
          onChange={(event) => {
            setQuery(event.currentTarget.value);
            setFound(-1);
          }}
          onKeyDown={(event) => event.key === 'Enter' && go(event.shiftKey ? -1 : 1)}
        />
        {query && (
          <>
            <ActionIcon variant="default" aria-label={text.previous} onClick={() => go(-1)}>
              <IconArrowUp size={16} />
            </ActionIcon>
            <ActionIcon variant="default" aria-label={text.next} onClick={() => go(1)}>
              <IconArrowDown size={16} />
            </ActionIcon>
          </>
        )}
        <Text size="sm" className={classes.quiet!} role="status">
          {query && text.found(found + 1, matches.length)}
        </Text>
        <Group gap={6} ml="auto">
          {stamped && (
            <Chip size="xs" checked={stamps} onChange={setStamps}>
              {text.stamps}
            </Chip>
          )}
          <Chip size="xs" checked={wrap} onChange={setWrap}>
            {text.wrap}
          </Chip>
          <ActionIcon
            variant="default"
            aria-label={text.download}
            title={text.download}
            disabled={lines.length === 0}
            onClick={() =>
              download(`${label.replace(/[^\p{L}\p{N}-]+/gu, '-')}.log`, `${lines.join('\n')}\n`, 'text/plain')
            }
          >
            <IconDownload size={16} />
          </ActionIcon>
        </Group>
      </Group>
      {error && <Failure error={error} retry={() => setAttempt(attempt + 1)} />}
      <div className={classes.frame}>
        <div
          ref={region}
          className={classes.region}
          style={{ height }}
          role="log"
          aria-live={following ? 'polite' : 'off'}
          aria-label={label}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
          tabIndex={0}
          data-wrap={wrap}
          onScroll={onScroll}
        >
          <div style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
            {virtualizer.getVirtualItems().map(({ key, index, start }) => (
              <div
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                data-found={index === matches[found]}
                className={classes.line}
                style={{ transform: `translateY(${start}px)` }}
              >
                {highlighted(shown[index]!, needle)}
              </div>
            ))}
          </div>
          {lines.length === 0 && !error && (
            <p className={classes.quiet}>{state === 'ended' ? text.empty : text.waiting}</p>
          )}
        </div>
        {live && !following && lines.length > 0 && (
          <Button
            className={classes.follow!}
            size="compact-sm"
            leftSection={<IconChevronsDown size={16} aria-hidden />}
            onClick={() => setFollowing(true)}
          >
            {text.follow}
          </Button>
        )}
      </div>
      <Text size="xs" mt={4} className={classes.quiet!} role="status">
        {state === 'interrupted' ? text.interrupted : text.lines(lines.length)}
        {dropped > 0 && ` ${text.dropped(dropped)}`}
      </Text>
    </div>
  );
}

/** A line with what is searched in it marked. An empty line still has its height. */
function highlighted(line: string, needle: string): ReactNode {
  if (!needle) return line || ' ';
  const parts: ReactNode[] = [];
  const lower = line.toLowerCase();
  let from = 0;
  for (let at = lower.indexOf(needle); at >= 0; at = lower.indexOf(needle, from)) {
    parts.push(line.slice(from, at), <mark key={at}>{line.slice(at, at + needle.length)}</mark>);
    from = at + needle.length;
  }
  return [...parts, line.slice(from) || ' '];
}
