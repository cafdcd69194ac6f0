/** Thirty days of a worker, a bar for each: how much of it the worker was up. */
import { Group, Text, Tooltip } from '@mantine/core';
import { useFormat } from '../../design/format.ts';
import { useText } from '../../messages/index.ts';
import classes from './portal.module.css';

interface UptimeStripProps {
  /** Oldest first. */
  days: readonly { day: string; upSeconds: number; downSeconds: number }[];
}

export function UptimeStrip({ days }: UptimeStripProps) {
  const { worker: text } = useText('portal');
  const format = useFormat();
  const up = days.reduce((sum, { upSeconds }) => sum + upSeconds, 0);
  const all = days.reduce((sum, { upSeconds, downSeconds }) => sum + upSeconds + downSeconds, 0);
  return (
    <div>
      <ol className={classes.strip} aria-label={text.uptime}>
        {days.map(({ day, upSeconds, downSeconds }) => {
          const share = upSeconds + downSeconds === 0 ? 1 : upSeconds / (upSeconds + downSeconds);
          const label = text.uptimeDay(format.day(day), format.percent(share), format.duration(downSeconds));
          return (
            <Tooltip key={day} label={label}>
              <li aria-label={label} data-level={share >= 0.999 ? 'full' : share >= 0.95 ? 'most' : 'low'}>
                <span style={{ height: `${Math.max(share * 100, 4)}%` }} />
              </li>
            </Tooltip>
          );
        })}
      </ol>
      <Group justify="space-between" mt={4}>
        <Text size="sm">{days[0] && format.day(days[0].day)}</Text>
        <Text size="sm" fw={600}>
          {text.uptimeAll(format.percent(all === 0 ? 1 : up / all))}
        </Text>
      </Group>
    </div>
  );
}
