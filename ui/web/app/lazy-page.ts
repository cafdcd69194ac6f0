/** Pages are loaded when they are opened; one that is opened without a network comes when it is back. */
import { lazyRouteComponent } from '@tanstack/react-router';
import { connection } from './connection.ts';

/**
 * The component of a route, loaded from its file.
 *
 * The router loads the whole document anew when a file is gone, as after an upgrade. Without a network that would end on
 * the browser's own page of errors, so such a failure is waited out instead.
 */
export const lazyPage: typeof lazyRouteComponent = (load, name) => {
  const whenConnected = (): ReturnType<typeof load> =>
    load().catch(async (error: unknown) => {
      if (!connection.isLost() && navigator.onLine) throw error;
      await new Promise<void>((resolve) => {
        const end = connection.onRecovery(() => {
          end();
          resolve();
        });
      });
      return whenConnected();
    });
  return lazyRouteComponent(whenConnected, name);
};
