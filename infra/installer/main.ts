/** Runs once before an installation or an upgrade, and ends. */
import { createIds, createLogger, readConfig, systemClock } from '@muster/common';
import { createDatabase } from '@muster/db';
import { installerConfig } from './config.ts';
import { install } from './install.ts';

const config = readConfig(installerConfig);
const log = createLogger('installer', config.MUSTER_LOG_LEVEL);
// A migration of a large table takes its time.
const db = createDatabase(config.MUSTER_POSTGRES_URL, { max: 2, name: 'installer', statementTimeoutMs: 600_000 });
try {
  await install({ db, clock: systemClock, ids: createIds(systemClock) }, config, log);
} finally {
  await db.destroy();
}
