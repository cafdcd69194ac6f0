/**
 * The tabs of a browser as one: one leads and tells the others. Over HTTP/1.1 a browser opens six connections to a host at
 * most, so that with a stream in every tab the seventh would wait for ever.
 */

interface Lead<Message> {
  /** Tells every tab, this one too. */
  tell: (message: Message) => void;
  /** Another tab led before, so that something may have passed by in between. */
  tookOver: boolean;
}

/**
 * Takes part under a name until `signal` ends it. A browser that has no locks (pages that are not on HTTPS or this machine)
 * lets every tab lead itself alone.
 *
 * @param hear gets every message
 * @param lead is called when this tab leads; it lasts as long as its answer is awaited
 */
export async function amongTabs<Message>(
  name: string,
  signal: AbortSignal,
  hear: (message: Message) => void,
  lead: (as: Lead<Message>) => Promise<void>,
): Promise<void> {
  if (!navigator.locks) return lead({ tell: hear, tookOver: false });
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }: MessageEvent<Message>) => hear(data);
  const tell = (message: Message) => {
    hear(message);
    channel.postMessage(message);
  };
  try {
    const led = await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock) await lead({ tell, tookOver: false });
      return lock !== null;
    });
    if (!led) await navigator.locks.request(name, { signal }, () => lead({ tell, tookOver: true }));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    channel.close();
  }
}
