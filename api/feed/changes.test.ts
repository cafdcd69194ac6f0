import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createWatch } from './changes.ts';

/** What RabbitMQ would say; undefined when nobody listens. */
let say: ((type?: string) => void) | undefined;
const waker = {
  on(whose: string, wake: (type?: string) => void) {
    expect(whose).toBe('all');
    say = wake;
    return () => {
      say = undefined;
    };
  },
};

beforeEach(() => void jest.useFakeTimers());
afterEach(() => {
  jest.useRealTimers();
  say = undefined;
});

describe('changes of the network', () => {
  test('are told to everyone at once, and then at most every five seconds, the last one too', () => {
    const watch = createWatch(waker);
    const [one, two] = [jest.fn(), jest.fn()];
    const leave = [watch.join(one), watch.join(two)];
    for (let second = 0; second < 5; second++) {
      say?.('worker.idle');
      say?.('cluster.running');
      jest.advanceTimersByTime(1_000);
    }
    expect(one).toHaveBeenCalledTimes(2);
    jest.advanceTimersByTime(20_000);
    expect(one).toHaveBeenCalledTimes(2);
    expect(two).toHaveBeenCalledTimes(2);
    for (const each of leave) each();
  });

  test('are those of workers, clusters and prices; what else organizations do is told to nobody', () => {
    const watch = createWatch(waker);
    const told = jest.fn();
    const leave = watch.join(told);
    for (const type of ['organization.balance_low', 'task.running', 'person.joined']) say?.(type);
    jest.advanceTimersByTime(59_000);
    expect(told).not.toHaveBeenCalled();
    // Prices are recomputed every minute, and no message says so.
    jest.advanceTimersByTime(1_001);
    expect(told).toHaveBeenCalledTimes(1);
    // Messages may have been missed.
    say?.();
    jest.advanceTimersByTime(5_000);
    expect(told).toHaveBeenCalledTimes(2);
    leave();
  });

  test('cost nothing when nobody follows', () => {
    const watch = createWatch(waker);
    const told = jest.fn();
    const leave = [watch.join(told), watch.join(jest.fn())];
    say?.('worker.idle');
    leave[1]!();
    expect(say).toBeDefined();
    leave[0]!();
    expect(say).toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
    expect(told).not.toHaveBeenCalled();
    watch.join(told)();
  });
});
