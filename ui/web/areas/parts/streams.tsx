/** A log and a shell: of lines that nobody wrote, and a shell that leads nowhere. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { LogView } from '../../design/log-view.tsx';
import { Terminal } from '../../design/terminal.tsx';
import { useText } from '../../messages/index.ts';

/** Some hundred lines at once, then one a second. */
async function* exampleLog({ signal }: { signal: AbortSignal }): AsyncGenerator<string> {
  const line = (index: number) =>
    `2026-01-01T00:${String(Math.floor(index / 60) % 60).padStart(2, '0')}:${String(index % 60).padStart(2, '0')}Z step ${index} \u001b[32mok\u001b[0m${index % 25 === 0 ? ` ${'a long line '.repeat(20)}` : ''}\n`;
  for (let index = 0; index < 400; index++) yield line(index);
  for (let index = 400; !signal.aborted; index++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    yield line(index);
  }
}

export function ExampleLog() {
  return <LogView label={useText('parts').logLabel} open={exampleLog} live height={320} />;
}

export function ExampleTerminal() {
  const text = useText('parts');
  const [opened, setOpened] = useState(false);
  const nowhere = { url: `${location.origin.replace(/^http/, 'ws')}/v1/nowhere`, protocol: 'v4.channel.k8s.io' };
  if (opened) return <Terminal label={text.terminalLabel} socket={() => nowhere} />;
  return (
    <Button variant="default" onClick={() => setOpened(true)}>
      {text.openTerminal}
    </Button>
  );
}
