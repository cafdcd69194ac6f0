/** A shell in the browser: xterm over a WebSocket of `v4.channel.k8s.io`. */
import { Button, Group, Switch, Text, useComputedColorScheme } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { connection } from '../app/connection.ts';
import { useText } from '../messages/index.ts';
import classes from './terminal.module.css';
import type { Screen } from './terminal-screen.ts';
import { openShell, type Shell, type ShellEnd } from './terminal-shell.ts';

export interface TerminalProps {
  label: string;
  /** Where the shell is opened; `execSocket` of the client answers it. */
  socket: () => { url: string; protocol: string };
}

export function Terminal({ label, socket }: TerminalProps) {
  const text = useText('common').terminal;
  const scheme = useComputedColorScheme('light');
  const [readable, setReadable] = useLocalStorage({ key: 'muster.terminal.readable', defaultValue: false });
  const [screen, setScreen] = useState<Screen>();
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<'connecting' | 'connected' | ShellEnd>('connecting');
  const target = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const shell = useRef<Shell>(undefined);
  const first = useRef({ label, readable, socket });
  first.current = { label, readable, socket };

  useEffect(() => {
    let ended = false;
    let made: Screen | undefined;
    import('./terminal-screen.ts').then(
      ({ openScreen }) => {
        if (ended) return;
        made = openScreen(target.current!, {
          label: first.current.label,
          readable: first.current.readable,
          onType: (typed) => shell.current?.type(typed),
          onResize: (size) => shell.current?.resize(size),
          onLeave: () => button.current?.focus(),
        });
        setScreen(made);
      },
      () => setState({ how: 'refused' }),
    );
    return () => {
      ended = true;
      made?.end();
      setScreen(undefined);
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: opened again with each attempt
  useEffect(() => {
    if (!screen) return;
    setState('connecting');
    const opened = openShell(first.current.socket(), {
      onOpen: () => {
        setState('connected');
        opened.resize(screen.size());
        screen.focus();
      },
      onOutput: screen.write,
      onEnd: setState,
    });
    shell.current = opened;
    return () => {
      opened.close();
      shell.current = undefined;
    };
  }, [screen, attempt]);

  const again = () => setAttempt((count) => count + 1);
  const cut = typeof state === 'object' && state.how === 'cut';
  useEffect(() => (cut ? connection.onRecovery(() => setAttempt((count) => count + 1)) : undefined), [cut]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: painted again in the colours of another theme
  useEffect(() => screen?.paint(), [screen, scheme]);
  useEffect(() => screen?.setReadable(readable), [screen, readable]);

  return (
    <section aria-label={label}>
      <div ref={target} className={classes.screen} />
      <Group justify="space-between" gap="xs" mt="xs">
        <Text size="sm" role="status">
          {typeof state === 'string' ? text[state] : sentence(state, text)}
        </Text>
        <Group gap="sm">
          <Switch
            size="xs"
            label={text.readable}
            checked={readable}
            onChange={({ currentTarget }) => setReadable(currentTarget.checked)}
          />
          <Button ref={button} size="compact-sm" variant="default" onClick={again}>
            {text.again}
          </Button>
        </Group>
      </Group>
      <Text size="xs" className={classes.quiet!}>
        {text.hint}
      </Text>
    </section>
  );
}

function sentence(end: ShellEnd, text: { ended: (code: number) => string; refused: string; cut: string }): string {
  switch (end.how) {
    case 'ended':
      return [text.ended(end.code), end.message].filter(Boolean).join(' ');
    case 'refused':
      return text.refused;
    case 'cut':
      return text.cut;
  }
}
