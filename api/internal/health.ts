/** The state of engines and processes, as operators see it. */
import type { Check } from '@muster/common';

export interface Component {
  name: string;
  ok: boolean;
  /** What is wrong, or what there is to know; null when all is well. */
  detail: string | null;
}

const patienceMs = 3_000;

/** Asks every component at once; one that does not answer in 3 s is not well. */
export async function healthOf(checks: Record<string, Check>): Promise<{ ok: boolean; components: Component[] }> {
  const components = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<Component> => {
      try {
        const detail = await Promise.race([check(), late()]);
        return { name, ok: true, detail: typeof detail === 'string' ? detail : null };
      } catch (error) {
        return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
  return { ok: components.every(({ ok }) => ok), components };
}

/** Whether a process is ready, by its own word. */
export function readiness(url: string): Check {
  return async () => {
    const answer = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(patienceMs) });
    if (answer.ok) return;
    const { checks = [] } = (await answer.json().catch(() => ({}))) as { checks?: { check: string; error?: string }[] };
    const failed = checks.filter(({ error }) => error !== undefined).map(({ check, error }) => `${check}: ${error}`);
    throw new Error(failed.join('; ') || `answers ${answer.status}`);
  };
}

function late(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no answer in ${patienceMs / 1_000} s`)), patienceMs).unref();
  });
}
